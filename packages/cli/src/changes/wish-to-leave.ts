/** Hears Ctrl-C and SIGTERM while something on a server is followed. A second one ends the program at once. */
export function wishToLeave(): { readonly signal: AbortSignal; forget(): void } {
  const leaving = new AbortController()
  const leave = () => {
    forget()
    leaving.abort()
  }
  const forget = () => {
    process.off('SIGINT', leave)
    process.off('SIGTERM', leave)
  }
  process.on('SIGINT', leave)
  process.on('SIGTERM', leave)
  return { signal: leaving.signal, forget }
}
