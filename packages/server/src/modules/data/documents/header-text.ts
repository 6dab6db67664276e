/** A text as the value of a header: one line of printable ASCII. */
export function headerText(text: string): string {
  const line = text.replace(/\s+/g, ' ').slice(0, 500)
  return line.replace(/[^\x20-\x7e]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
