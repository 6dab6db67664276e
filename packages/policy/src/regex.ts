import { limits } from './limits.ts'

/**
 * Patterns are a subset that JavaScript (flag u), RE2 and Postgres understand alike: literals, `.`, classes, groups,
 * `|`, `* + ? {m,n}`, `^ $`, and `\d \w \s` in ASCII. The translation writes out what their dialects read
 * differently, so that one text serves all of them.
 */
export type TranslatedRegex = { pattern: string } | { mistake: string }

const SHORTHANDS: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' }
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' }
const CONTROL_NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\f': '\\f' }
const MAX_REPEAT = 100
const MAX_DEPTH = 20

class RegexMistake extends Error {}

/** Translates a pattern, or says what is wrong with it. */
export function translateRegex(source: string): TranslatedRegex {
  const characters = [...source]
  if (characters.length > limits.regexLength)
    return { mistake: `longer than ${limits.regexLength} characters` }
  try {
    return { pattern: new Translator(characters).translate() }
  } catch (error) {
    if (error instanceof RegexMistake) return { mistake: error.message }
    throw error
  }
}

/** A piece of pattern, and whether it can match texts of unbounded length. */
interface Piece {
  text: string
  isUnbounded: boolean
}

class Translator {
  readonly #characters: readonly string[]
  #at = 0
  #depth = 0

  constructor(characters: readonly string[]) {
    this.#characters = characters
  }

  translate(): string {
    const { text } = this.#alternatives()
    if (this.#at < this.#characters.length) throw new RegexMistake('unbalanced )')
    return `(?:${text})`
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead]
  }
  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  #alternatives(): Piece {
    const pieces = [this.#sequence()]
    while (this.#take('|')) pieces.push(this.#sequence())
    return {
      text: pieces.map(piece => piece.text).join('|'),
      isUnbounded: pieces.some(piece => piece.isUnbounded),
    }
  }

  #sequence(): Piece {
    let text = ''
    let isUnbounded = false
    while (this.#peek() !== undefined && this.#peek() !== '|' && this.#peek() !== ')') {
      const piece = this.#repeated()
      text += piece.text
      isUnbounded ||= piece.isUnbounded
    }
    return { text, isUnbounded }
  }

  #repeated(): Piece {
    const isAnchor = this.#peek() === '^' || this.#peek() === '$'
    const atom = this.#atom()
    const repeat = this.#repeat()
    if (!repeat) return atom
    if (isAnchor) throw new RegexMistake('repeat of an anchor')
    if (/[*+?{]/.test(this.#peek() ?? ' ')) throw new RegexMistake('repeat of a repeat, or lazy repeat')
    // (a*)* takes exponential time in a backtracking engine.
    if (atom.isUnbounded && repeat.max > 1) throw new RegexMistake('a repeat inside a repeat')
    return { text: atom.text + repeat.text, isUnbounded: atom.isUnbounded || repeat.max === Infinity }
  }

  #repeat(): { text: string; max: number } | undefined {
    const character = this.#peek()
    if (character === '*' || character === '+' || character === '?') {
      this.#at++
      return { text: character, max: character === '?' ? 1 : Infinity }
    }
    if (character !== '{') return undefined
    const match = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(this.#characters.slice(this.#at).join(''))
    if (!match) throw new RegexMistake('malformed repeat; write a literal { as \\{')
    const min = Number(match[1])
    const max = match[3] !== undefined ? Number(match[3]) : match[2] ? Infinity : min
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT))
      throw new RegexMistake(`repeat over ${MAX_REPEAT}`)
    if (max < min) throw new RegexMistake('repeat range out of order')
    this.#at += match[0].length
    return { text: match[0], max }
  }

  #atom(): Piece {
    const character = this.#characters[this.#at++] as string
    const piece = (text: string): Piece => ({ text, isUnbounded: false })
    if (character === '(') return this.#group()
    if (character === '[') return piece(this.#class())
    if (character === '.') return piece('[^\\n]')
    if (character === '^' || character === '$') return piece(character)
    if (character === '\\') return piece(this.#escape())
    if ('*+?{'.includes(character)) throw new RegexMistake('nothing to repeat')
    if ('}])'.includes(character)) throw new RegexMistake(`unescaped ${character}`)
    return piece(quote(character))
  }

  #group(): Piece {
    if (++this.#depth > MAX_DEPTH) throw new RegexMistake('groups too deep')
    if (this.#take('?') && !this.#take(':')) throw new RegexMistake('only (…) and (?:…) groups')
    const { text, isUnbounded } = this.#alternatives()
    if (!this.#take(')')) throw new RegexMistake('missing )')
    this.#depth--
    return { text: `(?:${text})`, isUnbounded }
  }

  #escape(): string {
    const character = this.#characters[this.#at++]
    if (character === undefined) throw new RegexMistake('backslash at the end')
    const shorthand = SHORTHANDS[character.toLowerCase()]
    if (shorthand !== undefined) return character in SHORTHANDS ? `[${shorthand}]` : `[^${shorthand}]`
    return quote(escaped(character))
  }

  #class(): string {
    let text = this.#take('^') ? '[^' : '['
    if (this.#peek() === ']') throw new RegexMistake('empty class')
    while (!this.#take(']')) {
      const low = this.#classItem()
      if (low.shorthand !== undefined) {
        text += low.shorthand
        continue
      }
      text += quoteInClass(low.character)
      if (this.#peek() !== '-' || this.#peek(1) === ']') continue
      this.#at++
      const high = this.#classItem()
      if (high.shorthand !== undefined) throw new RegexMistake('range to a class')
      if ((high.character.codePointAt(0) ?? 0) < (low.character.codePointAt(0) ?? 0)) {
        throw new RegexMistake('range out of order')
      }
      text += `-${quoteInClass(high.character)}`
    }
    return `${text}]`
  }

  #classItem(): { character: string; shorthand?: string } {
    const character = this.#characters[this.#at++]
    if (character === undefined) throw new RegexMistake('missing ]')
    if (character === '[') throw new RegexMistake('[ inside a class must be escaped')
    if (character !== '\\') return { character }
    const letter = this.#characters[this.#at++]
    if (letter === undefined) throw new RegexMistake('missing ]')
    const shorthand = SHORTHANDS[letter]
    if (shorthand !== undefined) return { character: '', shorthand }
    if (letter.toLowerCase() in SHORTHANDS) throw new RegexMistake('negated class inside a class')
    return { character: escaped(letter) }
  }
}

function escaped(letter: string): string {
  const control = CONTROLS[letter]
  if (control !== undefined) return control
  if (/[A-Za-z0-9]/.test(letter)) throw new RegexMistake(`\\${letter} is not supported`)
  return letter
}

function quoteControl(character: string): string | undefined {
  const name = CONTROL_NAMES[character]
  if (name !== undefined) return name
  const code = character.codePointAt(0) ?? 0
  return code < 0x20 ? `\\x${code.toString(16).padStart(2, '0')}` : undefined
}
const quote = (character: string): string =>
  quoteControl(character) ?? (/[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character)
const quoteInClass = (character: string): string =>
  quoteControl(character) ?? (/[\][\\^-]/.test(character) ? `\\${character}` : character)
