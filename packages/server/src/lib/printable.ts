/** White space, what no terminal and no database should be given, and what turns the direction of writing. */
const unprintable = /[\s\p{Cc}\u202A-\u202E\u2066-\u2069]+/gu

/** What somebody else has said, as it may be kept and shown: one line of at most so many characters. */
export function printable(text: string, most: number): string {
  const line = text.toWellFormed().replaceAll(unprintable, ' ').trim()
  // A character is at most two units, so that what is cut off here is never needed.
  return Array.from(line.slice(0, 2 * most))
    .slice(0, most)
    .join('')
}
