/** One mistake in an expression. `start` and `end` count code points of the text, `end` is exclusive. */
export interface CelMistake {
  message: string
  start: number
  end: number
  /** What to do about it, when we know. */
  hint?: string
}

/** An expression that cannot be used. Carries its first mistake, and all of them in `mistakes`. */
export class CelError extends Error {
  override readonly name = 'CelError'
  readonly start: number
  readonly end: number
  readonly hint: string | undefined
  readonly mistakes: readonly CelMistake[]

  constructor(mistakes: readonly [CelMistake, ...CelMistake[]]) {
    super(mistakes[0].message)
    this.start = mistakes[0].start
    this.end = mistakes[0].end
    this.hint = mistakes[0].hint
    this.mistakes = mistakes
  }
}

/** Turns a range of UTF-16 offsets, which the parser works with, into one of code points. */
export function mistakeAt(
  text: string,
  message: string,
  range: { start: number; end: number },
  hint?: string,
): CelMistake {
  const start = codePoints(text.slice(0, range.start))
  const end = start + codePoints(text.slice(range.start, range.end))
  return hint === undefined ? { message, start, end } : { message, start, end, hint }
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
