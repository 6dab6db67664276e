import type { Mistakes } from './mistakes.ts'

/** Reads one value of the query from left to right, and knows where it stands in it. */
export class Scanner {
  readonly text: string
  /** The parameter this is the value of, e.g. `?select`. */
  readonly parameter: string
  readonly mistakes: Mistakes
  position = 0

  constructor(text: string, parameter: string, mistakes: Mistakes) {
    this.text = text
    this.parameter = parameter
    this.mistakes = mistakes
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length
  }

  /** The place from `start` to here, counted in UTF-16 units of the decoded value. */
  placeFrom(start: number): string {
    return `${this.parameter}[${start}:${Math.max(this.position, start + 1)}]`
  }

  peek(symbol: string): boolean {
    return this.text.startsWith(symbol, this.position)
  }

  take(symbol: string): boolean {
    if (!this.peek(symbol)) return false
    this.position += symbol.length
    return true
  }

  /** What matches here; '' when nothing does. The expression has to be sticky. */
  match(sticky: RegExp): string {
    sticky.lastIndex = this.position
    const found = sticky.exec(this.text)?.[0] ?? ''
    this.position += found.length
    return found
  }

  expect(symbol: string): void {
    if (!this.take(symbol)) throw this.#unexpected(`expected '${symbol}'`)
  }

  /** Stops reading this value: nothing after it can be understood. */
  fail(message: string, start: number, hint?: string): never {
    this.mistakes.add(this.placeFrom(start), message, hint)
    throw new Unreadable()
  }

  unexpected(expected: string): never {
    throw this.#unexpected(expected)
  }

  #unexpected(expected: string): Unreadable {
    const found = this.isAtEnd ? 'the end' : `'${this.text.slice(this.position, this.position + 12)}'`
    this.mistakes.add(this.placeFrom(this.position), `${expected}, got ${found}`)
    return new Unreadable()
  }
}

/** Thrown to leave a value that cannot be read on; its mistake is already told. */
export class Unreadable extends Error {}

/** Runs a reader over a whole value; undefined when it could not be read. */
export function readAll<T>(scanner: Scanner, read: (scanner: Scanner) => T): T | undefined {
  try {
    const value = read(scanner)
    if (!scanner.isAtEnd) scanner.unexpected("expected ',' or the end")
    return value
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}
