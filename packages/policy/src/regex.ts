import { limits } from './limits.ts'
import { isStorable } from './text.ts'

/**
 * Patterns are a subset that JavaScript (flag u), RE2 and Postgres understand alike: literals, `.`, classes, groups,
 * `|`, `* + ? {m,n}`, `^ $`, and `\d \w \s` in ASCII. Parsed here into a tree, from which come the text for Postgres,
 * which writes out what its dialect reads differently, and a matcher that takes linear time, see match-regex.ts.
 */
export type RegexNode =
  | { kind: 'set'; isNegated: boolean; ranges: readonly (readonly [first: number, last: number])[] }
  | { kind: 'start' | 'end' }
  | { kind: 'sequence' | 'choice'; parts: readonly RegexNode[] }
  | { kind: 'repeat'; part: RegexNode; min: number; max: number }

const SHORTHANDS: Readonly<Record<string, readonly [number, number][]>> = {
  d: [[0x30, 0x39]],
  w: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  // Without the vertical tab, which Postgres leaves out.
  s: [
    [0x09, 0x0a],
    [0x0c, 0x0d],
    [0x20, 0x20],
  ],
}
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' }
const MAX_REPEAT = 100
const MAX_DEPTH = 20
/** Repeats are written out, in Postgres as here; it gives up on larger ones. */
const MAX_STATES = 1_000

class RegexMistake extends Error {}

/** Parses a pattern, or says what is wrong with it. */
export function parseRegex(source: string): RegexNode | { mistake: string } {
  const characters = [...source]
  if (characters.length > limits.regexLength)
    return { mistake: `longer than ${limits.regexLength} characters` }
  if (!isStorable(source)) return { mistake: 'a NUL or a lone surrogate' }
  try {
    const root = new RegexParser(characters).parse()
    if (states(root) > MAX_STATES) throw new RegexMistake('its repeats multiply to too large a pattern')
    return root
  } catch (error) {
    if (error instanceof RegexMistake) return { mistake: error.message }
    throw error
  }
}

function states(node: RegexNode): number {
  switch (node.kind) {
    case 'sequence':
    case 'choice':
      return node.parts.reduce((sum, part) => sum + states(part), 1)
    case 'repeat':
      return states(node.part) * (node.max === Infinity ? node.min + 1 : Math.max(1, node.max)) + 1
    default:
      return 1
  }
}

class RegexParser {
  readonly #characters: readonly string[]
  #at = 0
  #depth = 0

  constructor(characters: readonly string[]) {
    this.#characters = characters
  }

  parse(): RegexNode {
    const root = this.#choice()
    if (this.#at < this.#characters.length) throw new RegexMistake('unbalanced )')
    return root
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead]
  }
  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  #choice(): RegexNode {
    const parts = [this.#sequence()]
    while (this.#take('|')) parts.push(this.#sequence())
    // Brackets around one thing are that thing.
    const [only] = parts
    return parts.length === 1 && only?.parts.length === 1
      ? (only.parts[0] as RegexNode)
      : { kind: 'choice', parts }
  }

  #sequence(): { kind: 'sequence'; parts: RegexNode[] } {
    const parts: RegexNode[] = []
    while (this.#peek() !== undefined && this.#peek() !== '|' && this.#peek() !== ')')
      parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): RegexNode {
    const part = this.#atom()
    const repeat = this.#repeat()
    if (!repeat) return part
    if (part.kind === 'start' || part.kind === 'end') throw new RegexMistake('repeat of an anchor')
    if (/[*+?{]/.test(this.#peek() ?? ' ')) throw new RegexMistake('repeat of a repeat, or lazy repeat')
    return { kind: 'repeat', part, ...repeat }
  }

  #repeat(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity }
    if (this.#take('+')) return { min: 1, max: Infinity }
    if (this.#take('?')) return { min: 0, max: 1 }
    if (this.#peek() !== '{') return undefined
    const match = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(this.#characters.slice(this.#at).join(''))
    if (!match) throw new RegexMistake('malformed repeat; write a literal { as \\{')
    const min = Number(match[1])
    const max = match[3] !== undefined ? Number(match[3]) : match[2] ? Infinity : min
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT))
      throw new RegexMistake(`repeat over ${MAX_REPEAT}`)
    if (max < min) throw new RegexMistake('repeat range out of order')
    this.#at += match[0].length
    return { min, max }
  }

  #atom(): RegexNode {
    const character = this.#characters[this.#at++] as string
    if (character === '(') return this.#group()
    if (character === '[') return this.#class()
    if (character === '.') return { kind: 'set', isNegated: true, ranges: [[0x0a, 0x0a]] }
    if (character === '^') return { kind: 'start' }
    if (character === '$') return { kind: 'end' }
    if (character === '\\') return this.#escape()
    if ('*+?{'.includes(character)) throw new RegexMistake('nothing to repeat')
    if ('}])'.includes(character)) throw new RegexMistake(`unescaped ${character}`)
    return oneOf(character)
  }

  #group(): RegexNode {
    if (++this.#depth > MAX_DEPTH) throw new RegexMistake('groups too deep')
    if (this.#take('?') && !this.#take(':')) throw new RegexMistake('only (…) and (?:…) groups')
    const inner = this.#choice()
    if (!this.#take(')')) throw new RegexMistake('missing )')
    this.#depth--
    return inner
  }

  #escape(): RegexNode {
    const character = this.#characters[this.#at++]
    if (character === undefined) throw new RegexMistake('backslash at the end')
    const ranges = SHORTHANDS[character.toLowerCase()]
    return ranges ? { kind: 'set', isNegated: !(character in SHORTHANDS), ranges } : oneOf(escaped(character))
  }

  #class(): RegexNode {
    const isNegated = this.#take('^')
    if (this.#peek() === ']') throw new RegexMistake('empty class')
    const ranges: (readonly [number, number])[] = []
    while (!this.#take(']')) {
      const low = this.#classItem()
      if (typeof low !== 'number') {
        ranges.push(...low)
        continue
      }
      if (this.#peek() !== '-' || this.#peek(1) === ']') {
        ranges.push([low, low])
        continue
      }
      this.#at++
      const high = this.#classItem()
      if (typeof high !== 'number') throw new RegexMistake('range to a class')
      if (high < low) throw new RegexMistake('range out of order')
      ranges.push([low, high])
    }
    return { kind: 'set', isNegated, ranges }
  }

  /** A code point, or the ranges of a shorthand. */
  #classItem(): number | readonly (readonly [number, number])[] {
    const character = this.#characters[this.#at++]
    if (character === undefined) throw new RegexMistake('missing ]')
    if (character === '[') throw new RegexMistake('[ inside a class must be escaped')
    if (character !== '\\') return codeOf(character)
    const letter = this.#characters[this.#at++]
    if (letter === undefined) throw new RegexMistake('missing ]')
    const ranges = SHORTHANDS[letter]
    if (ranges) return ranges
    if (letter.toLowerCase() in SHORTHANDS) throw new RegexMistake('negated class inside a class')
    return codeOf(escaped(letter))
  }
}

const codeOf = (character: string): number => character.codePointAt(0) as number

function oneOf(character: string): RegexNode {
  const code = codeOf(character)
  return { kind: 'set', isNegated: false, ranges: [[code, code]] }
}

function escaped(letter: string): string {
  const control = CONTROLS[letter]
  if (control !== undefined) return control
  if (/[A-Za-z0-9]/.test(letter)) throw new RegexMistake(`\\${letter} is not supported`)
  return letter
}

/** The pattern as Postgres, RE2 and JavaScript with flag u read it. */
export function regexText(node: RegexNode): string {
  switch (node.kind) {
    case 'start':
      return '^'
    case 'end':
      return '$'
    case 'set': {
      const [only] = node.ranges
      if (!node.isNegated && node.ranges.length === 1 && only?.[0] === only?.[1])
        return quote(only?.[0] ?? 0, SPECIAL)
      const ranges = node.ranges.map(([a, b]) =>
        a === b ? quote(a, SPECIAL_IN_CLASS) : `${quote(a, SPECIAL_IN_CLASS)}-${quote(b, SPECIAL_IN_CLASS)}`,
      )
      return `[${node.isNegated ? '^' : ''}${ranges.join('')}]`
    }
    case 'sequence':
      return node.parts.map(regexText).join('')
    case 'choice':
      return `(?:${node.parts.map(regexText).join('|')})`
    case 'repeat': {
      const { min, max } = node
      const count =
        max === Infinity
          ? min === 0
            ? '*'
            : min === 1
              ? '+'
              : `{${min},}`
          : max === 1 && min === 0
            ? '?'
            : `{${min},${max}}`
      const part = regexText(node.part)
      return (node.part.kind === 'repeat' ? `(?:${part})` : part) + count
    }
  }
}

const SPECIAL = /[\^$\\.*+?()[\]{}|/]/
const SPECIAL_IN_CLASS = /[\][\\^-]/
const CONTROL_NAMES = new Map(Object.entries(CONTROLS).map(([name, character]) => [character, name]))

/** A code point, escaped where any of the dialects might read more into it. */
function quote(code: number, special: RegExp): string {
  const character = String.fromCodePoint(code)
  // By name and not by number: Postgres reads any number of digits behind \x.
  const name = CONTROL_NAMES.get(character)
  return name !== undefined ? `\\${name}` : special.test(character) ? `\\${character}` : character
}

/** The text of a pattern as {@link regexText} writes it, which is a pattern again; or what is wrong with it. */
export function translateRegex(source: string): { pattern: string } | { mistake: string } {
  const node = parseRegex(source)
  return 'mistake' in node ? node : { pattern: regexText(node) }
}
