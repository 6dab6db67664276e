import { closestName } from '../../../lib/closest-name.ts'
import { parsePath, parseQuoted } from './parse-path.ts'
import { operators, queryLimits, type Filter, type Operator, type Path, type Written } from './query.ts'
import type { Scanner } from './scanner.ts'

/** Short names PostgREST and Postgres users know. */
const aliases: Readonly<Record<string, Operator>> = { cs: 'contains', cd: 'containedBy', ov: 'overlaps' }
const listOperators: readonly Operator[] = ['in', 'contains', 'containedBy', 'overlaps']
const isValues = ['null', 'not_null', 'true', 'false', 'unknown']
const isValue = /null|not_null|true|false|unknown/iy

/** Counts comparisons over all parameters of one request. */
export interface FilterCount {
  comparisons: number
}

/** The value of a parameter named after a field: `gte.5`, `not.in.(a,b)`. Its text goes to the end, commas and all. */
export function parseComparison(scanner: Scanner, path: Path, count: FilterCount): Filter {
  return parseTest(scanner, path, count, false)
}

/** The value of `and`, `or`, `not.and`, `not.or`: `(a.eq.1,or(b.gt.2,c.is.null))`. */
export function parseGroup(scanner: Scanner, kind: 'and' | 'or', count: FilterCount, depth = 1): Filter {
  const start = scanner.position
  if (depth > queryLimits.nesting) scanner.fail(`groups nest at most ${queryLimits.nesting} deep`, start)
  scanner.expect('(')
  const items: Filter[] = []
  do items.push(parseItem(scanner, count, depth))
  while (scanner.take(','))
  scanner.expect(')')
  return { kind, items }
}

/** The value of `having`: one comparison or group, or several that all have to be true, with brackets or without. */
export function parseHaving(scanner: Scanner, count: FilterCount): Filter {
  if (scanner.peek('(')) return parseGroup(scanner, 'and', count)
  const items: Filter[] = []
  do items.push(parseItem(scanner, count, 1))
  while (scanner.take(','))
  return items.length === 1 ? items[0]! : { kind: 'and', items }
}

function parseItem(scanner: Scanner, count: FilterCount, depth: number): Filter {
  const group = scanner.match(/(?:not\.)?(?:and|or)(?=\()/y)
  if (group !== '') {
    const item = parseGroup(scanner, group.endsWith('and') ? 'and' : 'or', count, depth + 1)
    return group.startsWith('not.') ? { kind: 'not', item } : item
  }
  const path = parsePath(scanner)
  if (!scanner.take('.')) scanner.unexpected(`expected '.' and an operator behind '${path.field}'`)
  return parseTest(scanner, path, count, true)
}

function parseTest(scanner: Scanner, path: Path, count: FilterCount, inGroup: boolean): Filter {
  const start = scanner.position
  if (scanner.take('not.')) return { kind: 'not', item: parseTest(scanner, path, count, inGroup) }
  if (++count.comparisons > queryLimits.filters)
    scanner.fail(`a query has at most ${queryLimits.filters} comparisons`, start)
  const operator = parseOperator(scanner)
  const values = listOperators.includes(operator)
    ? parseValues(scanner, operator, inGroup)
    : [operator === 'is' ? parseIs(scanner) : parseValue(scanner, inGroup)]
  return { kind: 'compare', path, operator, values, at: scanner.placeFrom(start) }
}

function parseOperator(scanner: Scanner): Operator {
  const start = scanner.position
  const word = scanner.match(/[A-Za-z_]+/y)
  const operator = Object.hasOwn(aliases, word) ? aliases[word] : operators.find(known => known === word)
  if (operator !== undefined && scanner.take('.')) return operator
  if (operator !== undefined)
    scanner.fail(`a value is missing behind '${word}'`, start, `write ${word}.value`)
  const close = closestName(word, [...operators, 'not'])
  const rest = scanner.text.slice(start)
  scanner.position = scanner.text.length
  scanner.fail(
    word === '' || !rest.includes('.') ? 'an operator is missing' : `unknown operator '${word}'`,
    start,
    close !== undefined && rest.includes('.')
      ? `did you mean '${close}'?`
      : `write eq.${rest.slice(0, 40)} for "is equal to"; operators: ${operators.join(' ')}`,
  )
}

function parseIs(scanner: Scanner): Written {
  const start = scanner.position
  const word = scanner.match(isValue).toLowerCase()
  if (word === '') scanner.fail(`'is' takes ${isValues.join(', ')}`, start, 'use eq for other values')
  return { text: word, isQuoted: false }
}

/** In a group a value ends at `,` or `)`; quotes protect those. Alone it is everything. */
function parseValue(scanner: Scanner, inGroup: boolean): Written {
  if (inGroup && scanner.peek('"')) return { text: parseQuoted(scanner), isQuoted: true }
  if (inGroup) return { text: scanner.match(/[^,)]*/y), isQuoted: false }
  const text = scanner.match(/[^]*/y)
  const isQuoted = text.length >= 2 && /^"(?:[^"\\]|\\[^])*"$/.test(text)
  return isQuoted ? { text: text.slice(1, -1).replace(/\\([^])/g, '$1'), isQuoted } : { text, isQuoted }
}

/** `(a,"b,c")`, `{a,b}` as PostgREST writes arrays, or a JSON text for a json field. */
function parseValues(scanner: Scanner, operator: Operator, inGroup: boolean): Written[] {
  const start = scanner.position
  if (operator !== 'in' && /^(?:\{\s*"[^"]*"\s*:|\[|\{\s*\}$)/.test(scanner.text.slice(start)))
    return [{ text: inGroup ? balanced(scanner) : scanner.match(/[^]*/y), isQuoted: false }]
  const close = scanner.take('(') ? ')' : operator !== 'in' && scanner.take('{') ? '}' : undefined
  if (close === undefined) scanner.unexpected(`expected a list such as (a,b) behind '${operator}.'`)
  const values: Written[] = []
  if (scanner.take(close)) return values
  do {
    const isQuoted = scanner.peek('"')
    const text = isQuoted ? parseQuoted(scanner) : scanner.match(close === ')' ? /[^,)]*/y : /[^,}]*/y)
    values.push({ text, isQuoted })
    if (values.length > queryLimits.values)
      scanner.fail(`a list has at most ${queryLimits.values} values`, start)
  } while (scanner.take(','))
  scanner.expect(close)
  return values
}

/** JSON text inside a group: up to the bracket that closes the first. */
function balanced(scanner: Scanner): string {
  const start = scanner.position
  let depth = 0
  do {
    if (scanner.peek('"')) parseQuoted(scanner)
    else if (scanner.match(/[{[]/y) !== '') depth++
    else if (scanner.match(/[}\]]/y) !== '') depth--
    else if (scanner.match(/[^"{}[\]]+/y) === '') scanner.fail('a bracket is not closed', start)
  } while (depth > 0)
  return scanner.text.slice(start, scanner.position)
}
