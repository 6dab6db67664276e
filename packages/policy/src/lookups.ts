import type { Bound } from './bind.ts'
import { conjunctNodes } from './conjuncts.ts'
import { fold } from './fold.ts'
import { join, literal, make, READS, withArgs, type Node } from './ir.ts'
import { predicateKey } from './predicate-key.ts'
import type { TableSchema } from './schema.ts'
import { quoteName } from './sql-text.ts'
import { toSql, type SqlFragment, type SqlOptions } from './to-sql.ts'

/** A lookup that can be kept as a set: `doc.<docColumn> in { row.<column> | where }`. */
export interface SetLookup {
  /** The same for lookups with the same rows, so that predicates can share a set. */
  key: string
  table: TableSchema
  /** The column of the lookup table whose values form the set; undefined when it is not linked to the document. */
  column: string | undefined
  /** The column of the document that must be in it. */
  docColumn: string | undefined
  /** Which rows of the lookup table count, as a predicate with that table as `doc`. */
  where: Bound
}

/** A lookup that only SQL can answer, and why. */
export interface SqlLookup {
  table: TableSchema
  reason: string
}

export interface SeparatedLookups {
  /** True when every lookup became a set, so that `bound` runs in JavaScript. */
  isRealtime: boolean
  /** The predicate with each lookup replaced by membership in the set of the same number. */
  bound: Bound
  sets: SetLookup[]
  others: SqlLookup[]
}

/** Types whose equality is that of a Set. */
const LINKABLE = new Set(['string', 'int', 'uuid', 'bool', 'date', 'timestamp', 'decimal'])

/**
 * Finds the lookups of a bound predicate and turns those of the form
 * `db.members.exists(m, m.room == doc.room && …)`, the rest on `m` alone, into sets. Sets can be kept from the
 * change stream in commit order, so that realtime decides without asking the database.
 */
export function separateLookups(bound: Bound): SeparatedLookups {
  const sets: SetLookup[] = []
  const others: SqlLookup[] = []
  const replace = (node: Node): Node => {
    if (node.op !== 'lookup') return (node.reads & READS.lookup) === 0 ? node : withArgs(node, replace)
    const found = asSet(node)
    if ('reason' in found) {
      others.push(found)
      return node
    }
    const { link, lookup } = found
    const index = sets.findIndex(other => other.key === lookup.key)
    const set = index < 0 ? sets.push(lookup) - 1 : index
    return make({ op: 'in-set', type: 'bool', set, args: link ? [link] : [] })
  }
  const node = replace(bound.node)
  return { isRealtime: others.length === 0, bound: { node }, sets, others }
}

function asSet(node: Node & { op: 'lookup' }): { link: Node | undefined; lookup: SetLookup } | SqlLookup {
  const { table } = node
  const own: Node[] = []
  let link: { member: Node & { op: 'member' }; column: Node & { op: 'column' } } | undefined
  for (const clause of conjunctNodes(node.args[0])) {
    if ((clause.reads & (READS.doc | READS.next)) === 0) {
      own.push(clause)
      continue
    }
    const found = asLink(clause)
    if (!found)
      return { table, reason: 'a clause on the document is not an equality of two fields of one type' }
    if (link) return { table, reason: 'more than one field is linked to the document' }
    link = found
  }
  const where: Bound = { node: fold(asDocument(join('and', [literal('bool', true), ...own]))) }
  const column = link?.member.column
  const key = JSON.stringify([table.table, column ?? null, predicateKey(where)])
  return { link: link?.column, lookup: { key, table, column, docColumn: link?.column.column, where } }
}

function asLink(node: Node) {
  if (node.op !== 'compare' || node.comparison !== '==') return undefined
  const [left, right] = node.args
  const [member, column] = left.op === 'member' ? [left, right] : [right, left]
  if (member.op !== 'member' || column.op !== 'column' || column.row !== 'doc') return undefined
  return LINKABLE.has(member.type) ? { member, column } : undefined
}

/** The row of the lookup table becomes the document of its own predicate. */
function asDocument(node: Node): Node {
  if (node.op !== 'member') return withArgs(node, asDocument)
  return make({ op: 'column', type: node.type, args: [], row: 'doc', column: node.column })
}

/** The statement that reads a set: one row per value, `value` in Postgres' text form and how many rows have it. */
export function setQuery(lookup: SetLookup, options: Omit<SqlOptions, 'alias'> = {}): SqlFragment {
  const { text, values } = toSql(lookup.where, { ...options, alias: 's' })
  const value = lookup.column === undefined ? 'NULL' : `s.${quoteName(lookup.column)}`
  const isLinked = lookup.column === undefined ? '' : ` AND ${value} IS NOT NULL`
  const sql = `SELECT ${value}::text AS value, count(*)::int8 AS count FROM ${lookup.table.table} AS s WHERE ${text}${isLinked}`
  return { text: `${sql} GROUP BY 1`, values }
}
