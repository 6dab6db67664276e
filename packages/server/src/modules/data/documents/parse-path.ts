import { queryLimits, type Path } from './query.ts'
import type { Scanner } from './scanner.ts'

const name = /[A-Za-z_$][A-Za-z0-9_$]*/y
const key = /[^\s"',.:()<>{}[\]-]+/y

/** A bare or quoted name. */
export function parseName(scanner: Scanner, what: string): string {
  if (scanner.peek('"')) return parseQuoted(scanner)
  return scanner.match(name) || scanner.unexpected(`expected ${what}`)
}

/** `field`, `meta->a->0->>b`, `"odd name"`. */
export function parsePath(scanner: Scanner): Path {
  const start = scanner.position
  const field = parseName(scanner, 'a field')
  const keys: (string | number)[] = []
  let asText = false
  while (!asText && scanner.take('->')) {
    asText = scanner.take('>')
    keys.push(parseKey(scanner))
    if (keys.length > queryLimits.pathKeys)
      scanner.fail(`a path has at most ${queryLimits.pathKeys} keys`, start)
  }
  return { field, keys, asText, at: scanner.placeFrom(start) }
}

function parseKey(scanner: Scanner): string | number {
  if (scanner.peek('"')) return parseQuoted(scanner)
  const text = scanner.match(key) || scanner.unexpected("expected a key behind '->'")
  return /^\d{1,6}$/.test(text) ? Number(text) : text
}

/** `"…"` with `\"` and `\\`. */
export function parseQuoted(scanner: Scanner): string {
  const start = scanner.position
  scanner.expect('"')
  let text = ''
  for (;;) {
    text += scanner.match(/[^"\\]*/y)
    if (scanner.take('"')) return text
    if (scanner.take('\\')) text += scanner.match(/[^]/uy)
    if (scanner.isAtEnd) scanner.fail('a quote is not closed', start, 'write \\" for a quote inside quotes')
  }
}
