/** Ends this process as Ctrl-C would, once its parent is gone: its Postgres must not outlive a bench that was killed. */
export function endWithParent(): void {
  let isEnding = false
  process.once('SIGINT', () => (isEnding = true))
  process.stdin.once('end', () => {
    // Ctrl-C in a terminal reaches every process; a second one would mean "at once".
    if (!isEnding) process.kill(process.pid, 'SIGINT')
  })
  // Nobody reads the answer any more; that must not end the process before it has stopped what it runs.
  process.stdout.on('error', () => {})
}
