import { parseName, parsePath } from './parse-path.ts'
import { closestName } from '../../../lib/closest-name.ts'
import { aggregateFunctions, queryLimits, type Aggregate, type Embed, type SelectItem } from './query.ts'
import type { Scanner } from './scanner.ts'

/** An embed while the parameters of the request are still being read. */
export interface OpenEmbed extends Omit<Embed, 'filter' | 'having' | 'order' | 'limit' | 'selection'> {
  readonly selection: readonly (Exclude<SelectItem, Embed> | OpenEmbed)[]
}
export type OpenSelection = OpenEmbed['selection']

/** `id,title,price::text,alias:field,author(name,team(name)),comments(*)` */
export function parseSelect(scanner: Scanner): OpenSelection {
  const embeds = { count: 0 }
  return parseItems(scanner, embeds, 0)
}

function parseItems(scanner: Scanner, embeds: { count: number }, depth: number): OpenSelection {
  const items: OpenSelection[number][] = []
  do {
    items.push(parseItem(scanner, embeds, depth))
    if (items.length > queryLimits.selected)
      scanner.fail(`a selection has at most ${queryLimits.selected} fields`, 0)
  } while (scanner.take(','))
  return items
}

function parseItem(scanner: Scanner, embeds: { count: number }, depth: number): OpenSelection[number] {
  scanner.match(/\s*/y)
  const start = scanner.position
  if (scanner.take('*')) return { kind: 'all' }
  if (scanner.peek('...'))
    scanner.fail('a relation cannot be spread into its document', start, 'write relation(field) without dots')
  let alias: string | undefined
  const named = scanner.match(/(?:"[^"]+"|[A-Za-z_$][A-Za-z0-9_$]*):(?!:)/y)
  if (named !== '') alias = named.slice(0, -1).replaceAll('"', '')
  if (alias !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,59}$/.test(alias))
    scanner.fail('an alias is a name of at most 60 letters, digits and underscores', start)

  const pathStart = scanner.position
  const path = parsePath(scanner)
  const aliased = alias === undefined ? {} : { alias }
  if (path.field === 'count' && path.keys.length === 0 && scanner.take('()')) {
    const resultCast = parseCast(scanner)
    const at = scanner.placeFrom(pathStart)
    return { kind: 'aggregate', aggregate: 'count', at, ...aliased, ...(resultCast && { resultCast }) }
  }
  if (path.keys.length === 0 && (scanner.peek('(') || scanner.peek('!'))) {
    return parseEmbed(scanner, path.field, alias, embeds, depth, pathStart)
  }
  const cast = parseCast(scanner)
  const value = { path, ...aliased, ...(cast === undefined ? {} : { cast }) }
  if (!scanner.peek('.')) return { kind: 'field', ...value }
  const aggregate = parseAggregate(scanner)
  const resultCast = parseCast(scanner)
  const at = scanner.placeFrom(pathStart)
  return { kind: 'aggregate', aggregate, at, ...value, ...(resultCast && { resultCast }) }
}

function parseCast(scanner: Scanner): string | undefined {
  return scanner.take('::') ? parseName(scanner, 'a type to cast to') : undefined
}

/** `.sum()` */
function parseAggregate(scanner: Scanner): Aggregate['aggregate'] {
  const start = scanner.position
  scanner.expect('.')
  const word = scanner.match(/[A-Za-z_]*/y)
  const found = aggregateFunctions.find(name => name === word)
  if (found !== undefined && scanner.take('()')) return found
  const close = found ?? closestName(word, aggregateFunctions)
  return scanner.fail(
    found === undefined ? `unknown aggregate '${word}'` : `'()' is missing behind '${word}'`,
    start,
    close === undefined
      ? `aggregates: ${aggregateFunctions.map(name => `${name}()`).join(' ')}; relations are embedded with relation(field)`
      : `write field.${close}()`,
  )
}

function parseEmbed(
  scanner: Scanner,
  name: string,
  alias: string | undefined,
  embeds: { count: number },
  depth: number,
  start: number,
): OpenEmbed {
  const at = scanner.placeFrom(start)
  let relation: string | undefined
  let isInner = false
  while (scanner.take('!')) {
    const hint = parseName(scanner, 'inner, left, or the field of a relation')
    if (hint === 'inner') isInner = true
    else if (hint !== 'left') relation = hint
  }
  scanner.expect('(')
  if (depth + 1 > queryLimits.embedDepth)
    scanner.fail(`relations nest at most ${queryLimits.embedDepth} deep`, start)
  if (++embeds.count > queryLimits.embeds)
    scanner.fail(`a query embeds at most ${queryLimits.embeds} relations`, start)
  const selection = scanner.peek(')') ? [] : parseItems(scanner, embeds, depth + 1)
  scanner.expect(')')
  return {
    kind: 'embed',
    name,
    isInner,
    selection,
    at,
    ...(alias === undefined ? {} : { alias }),
    ...(relation === undefined ? {} : { relation }),
  }
}
