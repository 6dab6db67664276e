import { closestName } from '../../../lib/closest-name.ts'
import type { Mistakes } from './mistakes.ts'
import { parseComparison, parseGroup, parseHaving, type FilterCount } from './parse-filter.ts'
import { parseOrder } from './parse-order.ts'
import { parsePath } from './parse-path.ts'
import { parseSelect, type OpenSelection } from './parse-select.ts'
import { queryLimits, type Embed, type Filter, type OrderTerm, type Query, type Selection } from './query.ts'
import { readAll, Scanner } from './scanner.ts'

/** What a level of the query (the list, or one embed) collects from the parameters. */
interface Level {
  readonly filters: Filter[]
  having: Filter | undefined
  order: readonly OrderTerm[]
  limit: number | undefined
  readonly embeds: Map<string, Level>
}

/** Parameters that are no filters. A field of such a name is filtered inside `and=(…)`. */
const wholeQuery = ['select', 'where', 'after', 'count', 'onConflict', 'apikey'] as const

/**
 * Reads the query of a list. Nothing is known about the collection yet; mistakes are collected with their place.
 *
 * @param text The query as it stands in the URL, without `?`.
 */
export function parseQuery(text: string, mistakes: Mistakes): Query {
  const parameters = readParameters(text, mistakes)
  const single = new Map<string, string>()
  const rest: { name: string; value: string }[] = []
  for (const parameter of parameters) {
    if (!(wholeQuery as readonly string[]).includes(parameter.name)) rest.push(parameter)
    else if (single.has(parameter.name)) mistakes.add(`?${parameter.name}`, 'is given twice')
    else single.set(parameter.name, parameter.value)
  }

  const selectText = single.get('select')
  const open: OpenSelection =
    selectText === undefined || selectText === ''
      ? [{ kind: 'all' }]
      : (readAll(new Scanner(selectText, '?select', mistakes), parseSelect) ?? [{ kind: 'all' }])

  const top = newLevel(open)
  const count: FilterCount = { comparisons: 0 }
  for (const { name, value } of rest) readParameter(name, value, top, count, mistakes)

  return {
    selection: close(open, top),
    filter: allOf(top.filters),
    having: top.having,
    where: single.get('where'),
    order: top.order,
    limit: top.limit,
    after: single.get('after'),
    count: readCount(single.get('count'), mistakes),
    onConflict: single.get('onConflict'),
  }
}

/** Names and values in order; names may repeat. */
function readParameters(text: string, mistakes: Mistakes): { name: string; value: string }[] {
  if (text === '') return []
  const parameters: { name: string; value: string }[] = []
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const rawName = equals === -1 ? part : part.slice(0, equals)
    try {
      const name = decode(rawName)
      const value = equals === -1 ? '' : decode(part.slice(equals + 1))
      if (value.includes('\0') || name.includes('\0')) mistakes.add(`?${rawName}`, 'has a NUL character')
      else parameters.push({ name, value })
    } catch {
      mistakes.add(`?${rawName}`, 'is not valid percent-encoding', 'use encodeURIComponent')
    }
  }
  return parameters
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced
}

function newLevel(selection: OpenSelection): Level {
  const embeds = new Map<string, Level>()
  for (const item of selection) {
    if (item.kind === 'embed') embeds.set(item.alias ?? item.name, newLevel(item.selection))
  }
  return { filters: [], having: undefined, order: [], limit: undefined, embeds }
}

function readParameter(
  name: string,
  value: string,
  top: Level,
  count: FilterCount,
  mistakes: Mistakes,
): void {
  const place = `?${name}`
  let level = top
  let rest = name
  // `comments.author.name`: embeds first, then what is said about them. `not.or` is no embed.
  for (;;) {
    const dot = /^[A-Za-z_$][A-Za-z0-9_$]*\./.exec(rest)?.[0]
    if (dot === undefined) break
    const embed = level.embeds.get(dot.slice(0, -1))
    if (embed === undefined) {
      if (/^not\.(and|or)$/.test(rest)) break
      const close = closestName(dot.slice(0, -1), level.embeds.keys())
      mistakes.add(
        place,
        `'${dot.slice(0, -1)}' is not embedded`,
        close === undefined
          ? `add it to select: select=*,${dot.slice(0, -1)}(*)`
          : `did you mean '${close}'?`,
      )
      return
    }
    level = embed
    rest = rest.slice(dot.length)
  }

  const scanner = new Scanner(value, place, mistakes)
  switch (rest) {
    case 'order':
      level.order = readAll(scanner, parseOrder) ?? []
      return
    case 'having':
      level.having = readAll(scanner, scanner => parseHaving(scanner, count))
      return
    case 'limit':
      level.limit = readLimit(value, place, mistakes)
      return
    case 'offset':
      mistakes.add(
        place,
        'pages are not reached by counting rows',
        'send the header x-cloudbox-next-cursor of the page before as ?after=…',
      )
      return
    case 'and':
    case 'or':
    case 'not.and':
    case 'not.or': {
      const kind = rest.endsWith('and') ? 'and' : 'or'
      const item = readAll(scanner, scanner => parseGroup(scanner, kind, count))
      if (item !== undefined) level.filters.push(rest.startsWith('not') ? { kind: 'not', item } : item)
      return
    }
  }
  const path = readAll(new Scanner(rest, place, mistakes), parsePath)
  if (path === undefined) return
  const filter = readAll(scanner, scanner => parseComparison(scanner, { ...path, at: place }, count))
  if (filter !== undefined) level.filters.push(filter)
}

function readLimit(value: string, place: string, mistakes: Mistakes): number | undefined {
  const limit = /^\d{1,9}$/.test(value) ? Number(value) : undefined
  if (limit === undefined) mistakes.add(place, 'is a whole number')
  else if (limit > queryLimits.limit)
    mistakes.add(place, `is at most ${queryLimits.limit}`, 'read further pages with ?after=…')
  return limit
}

function readCount(value: string | undefined, mistakes: Mistakes): Query['count'] {
  if (value === undefined || value === 'exact' || value === 'estimated') return value
  mistakes.add('?count', 'is exact or estimated')
  return undefined
}

/** Puts what the parameters said about embeds into the selection. */
function close(open: OpenSelection, level: Level): Selection {
  return open.map((item): Embed | Exclude<Selection[number], Embed> => {
    if (item.kind !== 'embed') return item
    const own = level.embeds.get(item.alias ?? item.name)!
    return {
      ...item,
      selection: close(item.selection, own),
      filter: allOf(own.filters),
      having: own.having,
      order: own.order,
      limit: own.limit,
    }
  })
}

function allOf(filters: readonly Filter[]): Filter | undefined {
  return filters.length > 1 ? { kind: 'and', items: filters } : filters[0]
}
