// Names and titles are what other people chose: they must not move the cursor, paint or turn the direction of text.
const unsafe = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

// Those that take two columns: East Asian wide letters and emoji.
const wide =
  /^[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/u
const zeroWidth = /^(?:\p{Mn}|\p{Me}|[\u200B-\u200D]|\uFE0F)+$/u

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** One line of text that a terminal only shows. */
export function harmless(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(unsafe, '·')
}

/** Columns that a text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += segmentWidth(segment)
  return width
}

/** Cuts a text to at most so many columns; an ellipsis says that something is left out. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let cut = ''
  let taken = 1
  for (const { segment } of segmenter.segment(text)) {
    taken += segmentWidth(segment)
    if (taken > width) break
    cut += segment
  }
  return `${cut.trimEnd()}…`
}

/** Breaks a text between words into lines of at most so many columns; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function segmentWidth(segment: string): number {
  if (wide.test(segment)) return 2
  return zeroWidth.test(segment) ? 0 : 1
}
