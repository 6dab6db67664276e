import type { Bound } from '@cloudbox/policy/bind'
import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { extraColumn, type Collection, type Field } from '../collection.ts'
import { allColumns, answerSql, columnList, type Representation } from './changed-sql.ts'
import type { IncomingDocument } from './check-document.ts'
import { deniedSql, inputSql, removedColumn, writtenColumns } from './insert-sql.ts'
import { computedSql } from './next-row.ts'
import { operatorSql } from './operator-sql.ts'
import type { OperatorName } from './operators.ts'
import { predicateSql } from './predicate-sql.ts'
import { table } from './to-sql.ts'

export interface Upsert {
  /** As they came, without defaults: only these values change a document that exists. */
  readonly given: readonly IncomingDocument[]
  /** With defaults: what a new document is made of. */
  readonly complete: readonly IncomingDocument[]
  readonly collection: Collection
  /** The unique field by which documents are met. */
  readonly key: Field
  readonly create: Bound
  readonly update: Bound
  readonly representation: Representation | undefined
}

/**
 * Updates the documents that exist and inserts the others, all or none. An existing document is checked by the update
 * policy with what it is and what it would be; a new one by the create policy.
 */
export function upsertSql({ given, complete, collection, key, create, update, representation }: Upsert): Sql {
  const columns = writtenColumns(complete)
  const input = inputSql(complete, columns, collection, given)
  const target = table(collection)
  const column = id(key.column)
  const own = allColumns(collection).filter(name => !collection.fields.get(name)?.computed)
  const isGiven = (name: string) => sql`${name}::text = any (i."#given")`
  const operators = operatorsOf(given)
  const next = join(
    own.map(name => {
      if (name === 'updated_at') return raw('now() as "updated_at"')
      if (name === extraColumn && columns.includes(name))
        return sql`(e.${id(name)} || coalesce(i.${id(name)}, '{}'::jsonb)) as ${id(name)}`
      if (name === 'id' || name === 'created_at' || !columns.includes(name)) return sql`e.${id(name)}`
      const computations = [...(operators.get(name) ?? [])].map(operator => {
        const field = collection.fields.get(name)!
        const operand = operator === '$remove' ? sql`i.${id(removedColumn(name))}` : sql`i.${id(name)}`
        return sql` when ${isGiven(name + operator)} then ${operatorSql(operator, field, sql`e.${id(name)}`, operand)}`
      })
      return sql`case when ${isGiven(name)} then i.${id(name)}${join(computations, '')} else e.${id(name)} end as ${id(name)}`
    }),
  )
  const computed = computedSql(update, collection)
  const merged = sql`select i."#", ${next} from "input" i join "existing" e on e."#" = i."#"`
  const becomes = computed.length === 0 ? merged : sql`select w.*, ${join(computed)} from (${merged}) w`
  const isNew = sql`not exists (select from "existing" e where e."#" = w."#")`
  const settable = columns.filter(name => name !== 'id')
  const set =
    settable.length === 0
      ? raw('"id" = n."id"')
      : join(settable.map(name => sql`${id(name)} = n.${id(name)}`))
  const all = columnList(allColumns(collection))
  return sql`with "input" as materialized (${input}), "existing" as materialized (select i."#", ${columnList(allColumns(collection), 'e')} from ${target} e join "input" i on i.${column} = e.${column} for update of e), "next" as materialized (${becomes}), "denied" as materialized (select "#" from ((select e."#" from "existing" e join "next" n on n."#" = e."#" where (${predicateSql(update, { doc: 'e', next: 'n' })}) is not true) union all (${deniedSql(create, columns, collection, isNew)})) refused order by 1 limit 1), "updated" as (update ${target} as d set ${set} from "next" n where n."id" = d."id" and not exists (select from "denied") returning ${columnList(allColumns(collection), 'd')}), "inserted" as (insert into ${target} (${columnList(columns)}) select ${columnList(columns)} from "input" w where ${isNew} and not exists (select from "denied") order by "#" returning ${all}), "changed" as (select ${all} from "updated" union all select ${all} from "inserted") ${answerSql(representation, { denied: raw('(select "#" from "denied")'), places: raw('select i."#", coalesce(n."id", i."id") as "id" from "input" i left join "next" n on n."#" = i."#"') })}`
}

/** The operators that stand for a column in any of the documents. */
function operatorsOf(given: readonly IncomingDocument[]): Map<string, Set<OperatorName>> {
  const found = new Map<string, Set<OperatorName>>()
  for (const { operators } of given) {
    for (const [column, name] of operators ?? []) {
      const names = found.get(column) ?? new Set()
      found.set(column, names.add(name))
    }
  }
  // In one order, so that equal shapes give equal texts.
  return new Map([...found].map(([column, names]) => [column, new Set([...names].sort())]))
}
