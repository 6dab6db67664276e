import type { Range } from './ast.ts'
import { CelError, mistakeAt } from './cel-error.ts'

export type Token = Range &
  (
    | { kind: 'literal'; value: null | boolean | bigint | number | string }
    | { kind: 'name'; name: string; quoted: boolean }
    | { kind: 'symbol'; symbol: string }
    | { kind: 'end' }
  )

const SPACE = /(?:\s|\/\/[^\n]*)+/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const QUOTED_NAME = /`[A-Za-z0-9_.\-/ $]+`/y
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+/y
const STRING_START = /([rR]?)("""|'''|"|')/y
const SYMBOL = /&&|\|\||==|!=|<=|>=|[-+*/%<>!?:,.()[\]]/y

const INT_LIMIT = 2n ** 63n
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
}
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, X: 2, u: 4, U: 8 }
const SYMBOL_HINTS: Readonly<Record<string, string>> = {
  '=': "compare with '=='",
  '&': "write '&&'",
  '|': "write '||'",
  '{': 'maps are not part of the language',
  '~': 'use matches()',
}

/** Splits an expression into tokens, the last of which is of kind `end`. Throws {@link CelError}. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at
    return pattern.exec(text)
  }
  const fail = (message: string, start: number, end: number, hint?: string): never => {
    throw new CelError([mistakeAt(text, message, { start, end }, hint)])
  }

  for (;;) {
    at += match(SPACE)?.[0].length ?? 0
    const start = at
    if (at >= text.length) {
      tokens.push({ kind: 'end', start, end: start })
      return tokens
    }
    const string = match(STRING_START)
    if (string) {
      const { value, end } = readString(text, start, string[1] !== '', string[2] ?? '', fail)
      at = end
      tokens.push({ kind: 'literal', value, start, end })
      continue
    }
    const name = match(NAME)?.[0]
    if (name !== undefined) {
      at += name.length
      const range = { start, end: at }
      if (name === 'true' || name === 'false')
        tokens.push({ kind: 'literal', value: name === 'true', ...range })
      else if (name === 'null') tokens.push({ kind: 'literal', value: null, ...range })
      else if (name === 'in') tokens.push({ kind: 'symbol', symbol: name, ...range })
      else tokens.push({ kind: 'name', name, quoted: false, ...range })
      continue
    }
    const number = match(NUMBER)?.[0]
    if (number !== undefined) {
      at += number.length
      if (/[A-Za-z_]/.test(text[at] ?? '')) fail('malformed number', start, at + 1)
      tokens.push({ kind: 'literal', value: readNumber(number, start, fail), start, end: at })
      continue
    }
    const quoted = match(QUOTED_NAME)?.[0]
    if (quoted !== undefined) {
      at += quoted.length
      tokens.push({ kind: 'name', name: quoted.slice(1, -1), quoted: true, start, end: at })
      continue
    }
    const symbol = match(SYMBOL)?.[0]
    if (symbol !== undefined) {
      at += symbol.length
      tokens.push({ kind: 'symbol', symbol, start, end: at })
      continue
    }
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
    fail(`unexpected character '${character}'`, start, start + character.length, SYMBOL_HINTS[character])
  }
}

type Fail = (message: string, start: number, end: number, hint?: string) => never

function readNumber(source: string, start: number, fail: Fail): bigint | number {
  if (/^0[xX]/.test(source) || /^\d+$/.test(source)) {
    const value = BigInt(source)
    // 2^63 itself is legal behind a minus sign only; the parser looks at that.
    if (value > INT_LIMIT)
      fail('integer out of range', start, start + source.length, 'at most 9223372036854775807')
    return value
  }
  const value = Number(source)
  if (!Number.isFinite(value)) fail('number out of range', start, start + source.length)
  return value
}

function readString(text: string, start: number, isRaw: boolean, quote: string, fail: Fail) {
  let at = start + (isRaw ? 1 : 0) + quote.length
  let value = ''
  while (!text.startsWith(quote, at)) {
    const character = text[at]
    if (character === undefined) return fail('unterminated string', start, text.length)
    if (quote.length === 1 && (character === '\n' || character === '\r'))
      return fail('newline in string', at, at + 1)
    if (character !== '\\') {
      value += character
      at++
    } else if (isRaw) {
      value += text.slice(at, at + 2)
      at += 2
    } else {
      const escape = readEscape(text, at, fail)
      value += escape.value
      at = escape.end
    }
  }
  const end = at + quote.length
  // Postgres text can hold neither.
  if (!value.isWellFormed() || value.includes('\0')) fail('string with a NUL or a lone surrogate', start, end)
  return { value, end }
}

function readEscape(text: string, at: number, fail: Fail): { value: string; end: number } {
  const letter = text[at + 1] ?? ''
  const simple = ESCAPES[letter]
  if (simple !== undefined) return { value: simple, end: at + 2 }
  const digits = HEX_DIGITS[letter]
  const isOctal = digits === undefined
  const source = text.slice(at + (isOctal ? 1 : 2), at + (isOctal ? 4 : 2 + digits))
  if (
    isOctal ? !/^[0-3][0-7]{2}$/.test(source) : source.length !== digits || !/^[0-9a-fA-F]+$/.test(source)
  ) {
    return fail(`unknown escape '\\${letter}'`, at, at + 2, 'a backslash itself is written \\\\')
  }
  const codePoint = Number.parseInt(source, isOctal ? 8 : 16)
  const end = at + (isOctal ? 1 : 2) + source.length
  if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint < 0xe000)) fail('no such character', at, end)
  return { value: String.fromCodePoint(codePoint), end }
}
