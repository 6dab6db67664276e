import type { Bound } from '@cloudbox/policy/bind'
import { check } from '@cloudbox/policy/check'
import { conjunctNodes } from '@cloudbox/policy/conjuncts'
import { join as joinNodes, literal, READS, walk, type Node } from '@cloudbox/policy/ir'
import { toGenerated } from '@cloudbox/policy/to-ddl'
import { id, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { tableSchema } from '../collections/table-schema.ts'
import type { Collection } from '../collection.ts'

/** A policy in two: what it says of the stored document alone, and what of the one it would become. */
export interface SplitPolicy {
  readonly stored: Bound
  /** Undefined when the policy does not ask about the new document. */
  readonly becoming: Bound | undefined
}

/** Documents the stored part hides are left alone; those the other part refuses make the request fail. */
export function splitPolicy({ node }: Bound): SplitPolicy {
  const clauses = conjunctNodes(node)
  const stored = clauses.filter(clause => (clause.reads & READS.next) === 0)
  const becoming = clauses.filter(clause => (clause.reads & READS.next) !== 0)
  return { stored: allOf(stored), becoming: becoming.length === 0 ? undefined : allOf(becoming) }
}

const allOf = (clauses: readonly Node[]): Bound => ({
  node: clauses.length === 0 ? literal('bool', true) : joinNodes('and', clauses),
})

/** The computed columns a predicate reads from the incoming row, as select items over unqualified columns. */
export function computedSql({ node }: Bound, collection: Collection): Sql[] {
  const read = new Set<string>()
  walk(node, inner => {
    if (inner.op === 'column' && inner.row === 'next') read.add(inner.column)
  })
  return [...collection.fields.values()].flatMap(field => {
    const text = field.definition?.computed
    if (text === undefined || !read.has(field.column)) return []
    const scope = { doc: tableSchema(collection), auth: false, request: false, expects: 'any' } as const
    return [sql`${raw(toGenerated(check(text, scope)))} as ${id(field.column)}`]
  })
}
