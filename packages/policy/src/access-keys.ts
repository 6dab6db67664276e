import type { Bound } from './bind.ts'
import { elementOf, isList, isPresent, type Node, type Type } from './ir.ts'
import { limits } from './limits.ts'

/**
 * Where a row must be found in an index for a predicate to be true of it. `column` is the SQL column; with `path`
 * the value is found in its JSON by these keys. Values are model values.
 *
 * - `equals`: the column has the value
 * - `has`: the list in the column has the value
 * - `above`: the column is `value` or more; for doubles NaN is more than everything
 * - `below`: the column is `value` or less
 * - `in-set`: the column is in the lookup set of this number
 */
export type AccessKey =
  | { kind: 'equals'; column: string; path?: readonly string[]; value: unknown }
  | { kind: 'has'; column: string; value: unknown }
  | { kind: 'above' | 'below'; column: string; value: number | bigint }
  | { kind: 'in-set'; column: string; set: number }

/** `keys`: every row of which the predicate is true matches at least one of them. */
export type AccessKeys = { kind: 'always' } | { kind: 'never' } | { kind: 'keys'; keys: readonly AccessKey[] }

interface Cover {
  /** Rows expected under the keys, in no unit: only compared. */
  cost: number
  keys: readonly AccessKey[]
}

const COST = { equals: 1, has: 2, inSet: 4, bool: 500, range: 1_000 }
/** Types whose equality is that of a Map: no doubles, of which NaN and -0 are traps. */
const KEYED = new Set<Type>(['string', 'int', 'uuid', 'bool', 'date', 'timestamp', 'decimal'])
const RANGED = new Set<Type>(['int', 'double', 'timestamp', 'date'])

/** The keys under which a subscription with this predicate is filed; `always` when no index can narrow it down. */
export function accessKeys(bound: Bound): AccessKeys {
  const cover = coverOf(bound.node)
  if (!cover) return { kind: 'always' }
  return cover.keys.length === 0 ? { kind: 'never' } : { kind: 'keys', keys: cover.keys }
}

/**
 * All the ways to file such a subscription that narrow it down about as well as the first, which is the one of
 * {@link accessKeys}: `doc.owner == 'a' && doc.room == 'b'` can be filed under either. Which is better depends on what
 * is filed already: when everybody asks for rows of the same owner, the room tells them apart.
 */
export function accessChoices(bound: Bound): readonly AccessKeys[] {
  const best = accessKeys(bound)
  if (best.kind !== 'keys') return [best]
  const others = conjuncts(bound.node)
    .map(coverOf)
    .filter(cover => cover !== undefined && cover.cost < COST.bool)
    .map((cover): AccessKeys => ({ kind: 'keys', keys: cover!.keys }))
  return [best, ...others]
}

function conjuncts(node: Node): readonly Node[] {
  return node.op === 'and' ? node.args.flatMap(conjuncts) : [node]
}

function coverOf(node: Node): Cover | undefined {
  switch (node.op) {
    case 'literal':
      return node.value === true ? undefined : { cost: 0, keys: [] }
    case 'and':
      return node.args
        .map(coverOf)
        .reduce((best, cover) => (!best || (cover && cover.cost < best.cost) ? cover : best), undefined)
    case 'or': {
      const covers = node.args.map(coverOf)
      if (!covers.every(cover => cover !== undefined)) return undefined
      return union(covers)
    }
    case 'compare':
      return node.comparison === '==' ? equalsCover(node) : rangeCover(node)
    case 'json-equals':
      return jsonCover(node)
    case 'among': {
      const [needle, ...items] = node.args
      if (needle.op !== 'column' || needle.row !== 'doc' || !KEYED.has(needle.type)) return undefined
      if (!items.every(item => item.op === 'literal')) return undefined
      return union(items.filter(isPresent).map(item => equalsKey(needle.column, item.value)))
    }
    case 'in-list': {
      const [needle, list] = node.args
      if (!isPresent(needle) || list.op !== 'column' || list.row !== 'doc' || !isList(list.type))
        return undefined
      if (!KEYED.has(elementOf(list.type))) return undefined
      return { cost: COST.has, keys: [{ kind: 'has', column: list.column, value: needle.value }] }
    }
    case 'in-set': {
      const [value] = node.args
      if (value?.op !== 'column' || value.row !== 'doc') return undefined
      return { cost: COST.inSet, keys: [{ kind: 'in-set', column: value.column, set: node.set }] }
    }
    case 'column':
      return node.row === 'doc' ? boolCover(node.column, true) : undefined
    case 'not': {
      const [inner] = node.args
      return inner.op === 'column' && inner.row === 'doc' ? boolCover(inner.column, false) : undefined
    }
    default:
      return undefined
  }
}

function union(covers: readonly Cover[]): Cover | undefined {
  const keys = covers.flatMap(cover => cover.keys)
  if (keys.length > limits.accessKeys) return undefined
  return { cost: covers.reduce((sum, cover) => sum + cover.cost, 0), keys }
}

const equalsKey = (column: string, value: unknown): Cover => ({
  cost: COST.equals,
  keys: [{ kind: 'equals', column, value }],
})
const boolCover = (column: string, value: boolean): Cover => ({
  cost: COST.bool,
  keys: [{ kind: 'equals', column, value }],
})

function equalsCover({ args: [left, right] }: Node & { op: 'compare' }): Cover | undefined {
  const [column, value] = isPresent(right) ? [left, right] : [right, left]
  if (column.op !== 'column' || column.row !== 'doc' || !isPresent(value) || !KEYED.has(column.type))
    return undefined
  return column.type === 'bool'
    ? boolCover(column.column, value.value as boolean)
    : equalsKey(column.column, value.value)
}

function jsonCover({ args: [json, scalar] }: Node & { op: 'json-equals' }): Cover | undefined {
  if (!isPresent(scalar) || scalar.type === 'double') return undefined
  const path: string[] = []
  let target = json
  while (target.op === 'select' && typeof target.key === 'string') {
    path.unshift(target.key)
    target = target.args[0]
  }
  if (target.op !== 'column' || target.row !== 'doc') return undefined
  const cost = scalar.type === 'bool' ? COST.bool : COST.equals
  return { cost, keys: [{ kind: 'equals', column: target.column, path, value: scalar.value }] }
}

const FLIPPED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==' } as const

function rangeCover(node: Node & { op: 'compare' }): Cover | undefined {
  const [left, right] = node.args
  const isFlipped = left.op === 'literal'
  const [operand, bound] = isFlipped ? [right, left] : [left, right]
  // Converting an integer to a double keeps the order.
  const column = operand.op === 'convert' && operand.type === 'double' ? operand.args[0] : operand
  if (column.op !== 'column' || column.row !== 'doc' || !isPresent(bound) || !RANGED.has(column.type))
    return undefined
  const value = bound.value as number | bigint
  if (Number.isNaN(value)) return undefined
  const comparison = isFlipped ? FLIPPED[node.comparison] : node.comparison
  const kind = comparison === '>' || comparison === '>=' ? 'above' : 'below'
  return { cost: COST.range, keys: [{ kind, column: column.column, value }] }
}
