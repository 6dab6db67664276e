import { isNever, type Bound } from '@cloudbox/policy/bind'
import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { extraColumn, type Collection } from '../collection.ts'
import { predicateSql } from './predicate-sql.ts'
import { groupRowsSql, groupsSql } from './grouped-sql.ts'
import { documentSql, fieldSql } from './row-json.ts'
import { castSql, orderSql, valueSql } from './value-sql.ts'
import type { Grouping, ListPlan, PlannedEmbed, PlannedOrder, Shape, ValuePath } from './plan.ts'

/** The one row a list statement gives. */
export interface ListRow extends Record<string, unknown> {
  /** The documents as JSON text, without the brackets. */
  readonly documents: string
  /** How many rows matched up to one past the limit. */
  readonly found: number
  /** The order keys of the last document, as a JSON array of texts; null when the page is not full. */
  readonly last: string | null
  /** All that match, as digits; only when asked for. */
  readonly total?: string
}

/** The whole page in one statement: documents as JSON text, whether more follow, the keys of the last, the count. */
export function listSql(plan: ListPlan): Sql {
  const { shape, limit, grouping } = plan
  if (grouping !== undefined) return groupListSql(plan, grouping)
  const from = table(shape.collection)
  const where = conditions([
    predicateSql(plan.predicate, { doc: 'd' }),
    ...innerConditions(shape, 'd'),
    ...(plan.after === undefined ? [] : [afterSql(plan.order, plan.after)]),
  ])
  const rows = orderedSql(plan, where, limit + 1)
  const total =
    plan.count === 'exact'
      ? sql`, (select count(*) from ${from} d where ${conditions([predicateSql(plan.predicate, { doc: 'd' }), ...innerConditions(shape, 'd')])})::text as "total"`
      : raw('')
  // The filter of an aggregate spares its argument, so only the last document's keys are written as text.
  const last = sql`max(json_build_array(${join(plan.order.map((_, i) => sql`(p.${id(`k${i}`)})::text`))})::text) filter (where p."n" = ${count(limit)})`
  const keys = join(plan.order.map(({ path }, i) => sql`${valueSql('d', path)} as ${id(`k${i}`)}`))
  return sql`select coalesce(string_agg(p."j", ',') filter (where p."n" <= ${count(limit)}), '') as "documents", count(*)::int as "found", ${last} as "last"${total} from (select row_number() over () as "n", ${documentSql('d', 'r', shape.withExtra)}::text as "j", ${keys} from (${rows}) d cross join lateral (select ${outputsSql(shape, 'd')}) r) p`
}

/** The same for groups: they have no cursor, and their number is known once they are made. */
function groupListSql({ shape, predicate, limit, count: counted }: ListPlan, grouping: Grouping): Sql {
  const from = sql`${table(shape.collection)} d where ${predicateSql(predicate, { doc: 'd' })}`
  const total = counted === undefined ? raw('') : sql`, (select count(*) from "all")::text as "total"`
  const rows = groupRowsSql(grouping, raw('"all"'), count(limit + 1))
  return sql`with "all" as (${groupsSql(grouping, 'd', from)}) select coalesce(string_agg(p."j", ',') filter (where p."n" <= ${count(limit)}), '') as "documents", count(*)::int as "found", null as "last"${total} from (select row_number() over () as "n", q."j"::text as "j" from (${rows}) q) p`
}

type Rows = Pick<ListPlan, 'shape' | 'predicate' | 'order' | 'limit'>

/** Documents one by one: `j` the document and `k` the order keys, both JSON text. Embeds narrow nothing here. */
export function rowsSql(plan: Rows): Sql {
  const { shape } = plan
  const rows = orderedSql(plan, predicateSql(plan.predicate, { doc: 'd' }), plan.limit)
  return sql`select ${documentSql('d', 'r', shape.withExtra)}::text as "j", ${keysSql(plan.order)} as "k" from (${rows}) d cross join lateral (select ${outputsSql(shape, 'd')}) r`
}

function orderedSql({ shape, order }: Pick<Rows, 'shape' | 'order'>, where: Sql, rows: number): Sql {
  return sql`select ${columns({ shape, order })} from ${table(shape.collection)} d where ${where} order by ${orderSql(order, 'd')} limit ${count(rows)}`
}

function keysSql(order: readonly PlannedOrder[]): Sql {
  return sql`json_build_array(${join(order.map(term => sql`(${valueSql('d', term.path)})::text`))})::text`
}

/** One document as JSON text. */
export function getSql(shape: Shape, predicate: Bound, documentId: Sql): Sql {
  const where = conditions([
    sql`d."id" = ${documentId}`,
    predicateSql(predicate, { doc: 'd' }),
    ...innerConditions(shape, 'd'),
  ])
  return sql`select ${documentSql('d', 'r', shape.withExtra)}::text as "document", d.xmin::text as "xmin" from ${table(shape.collection)} d cross join lateral (select ${outputsSql(shape, 'd')}) r where ${where} limit 1`
}

/** A statement whose plan tells about how many rows match. */
export function matchingSql(plan: ListPlan): Sql {
  const where = conditions([predicateSql(plan.predicate, { doc: 'd' }), ...innerConditions(plan.shape, 'd')])
  return sql`select 1 from ${table(plan.shape.collection)} d where ${where}`
}

/** The qualified table; never found through search_path. */
export function table(collection: Collection): Sql {
  return id(collection.schema, collection.name)
}

export function conditions(all: readonly Sql[]): Sql {
  return join(all, ' and ')
}

/**
 * A number of rows as a literal: with a parameter Postgres would guess a tenth of the table, find its generic plan
 * dear, and plan the statement anew for every request.
 */
function count(rows: number): Sql {
  return raw(String(Math.trunc(rows)))
}

/** Every column the outer statement reads, and no more. */
function columns({ shape, order }: Pick<Rows, 'shape' | 'order'>): Sql {
  const names = new Set<string>(order.map(term => term.path.column))
  if (shape.withExtra) names.add(extraColumn)
  for (const output of shape.outputs) {
    names.add(output.kind === 'value' ? output.path.column : output.embed.parentColumn)
  }
  return join([...names].map(name => sql`d.${id(name)}`))
}

/** The values of a document with their names. */
export function outputsSql(shape: Shape, row: string): Sql {
  if (shape.outputs.length === 0) return raw('')
  return join(
    shape.outputs.map(output =>
      output.kind === 'embed'
        ? sql`${embedSql(output.embed, row)} as ${id(output.name)}`
        : sql`${outputSql(row, output.path, output.cast)} as ${id(output.name)}`,
    ),
  )
}

/** A value as it stands in a document. */
function outputSql(row: string, path: ValuePath, cast: string | undefined): Sql {
  if (cast === undefined && path.field !== undefined) return fieldSql(row, path.field)
  return castSql(row, path, cast)
}

/** What comes behind the document with these keys. NULL has its place in the order. */
export function afterSql(order: readonly PlannedOrder[], keys: readonly (string | null)[]): Sql {
  const terms = order.map((term, i) => ({ ...term, value: valueSql('d', term.path), key: keys[i] ?? null }))
  const isPlain = terms.every(term => !term.mayBeNull && term.direction === terms[0]!.direction)
  const bound = (term: (typeof terms)[number]) => sql`${term.key}::${raw(term.sqlType)}`
  if (isPlain) {
    // One comparison of rows, which an index on these fields answers by itself.
    const comparison = raw(terms[0]!.direction === 'asc' ? '>' : '<')
    return sql`(${join(terms.map(term => term.value))}) ${comparison} (${join(terms.map(bound))})`
  }
  const behind = (term: (typeof terms)[number]): Sql | undefined => {
    if (term.key === null) return term.nulls === 'first' ? sql`${term.value} is not null` : undefined
    const further = sql`${term.value} ${raw(term.direction === 'asc' ? '>' : '<')} ${bound(term)}`
    return term.mayBeNull && term.nulls === 'last' ? sql`(${further} or ${term.value} is null)` : further
  }
  const same = (term: (typeof terms)[number]) =>
    term.key === null ? sql`${term.value} is null` : sql`${term.value} = ${bound(term)}`
  const ways = terms.flatMap((term, i) => {
    const last = behind(term)
    return last === undefined ? [] : [sql`(${conditions([...terms.slice(0, i).map(same), last])})`]
  })
  const any = ways.length === 0 ? raw('false') : sql`(${join(ways, ' or ')})`
  const first = terms[0]!
  if (first.key === null || (first.mayBeNull && first.nulls === 'last')) return any
  // Says nothing new, but lets an index on the first field begin at the right place.
  return sql`${first.value} ${raw(first.direction === 'asc' ? '>=' : '<=')} ${bound(first)} and ${any}`
}

function embedSql(embed: PlannedEmbed, row: string): Sql {
  const nothing = embed.isMany ? raw(`'[]'::json`) : raw('null::json')
  if (isNever(embed.predicate) && embed.grouping === undefined) return nothing
  const inner = nested(row)
  const shaped = `${inner}r`
  const { shape, grouping } = embed
  if (grouping !== undefined) {
    const from = sql`${table(shape.collection)} ${raw(inner)} where ${embedConditions(embed, row, inner)}`
    const rows = groupRowsSql(grouping, sql`(${groupsSql(grouping, inner, from)})`, count(embed.limit))
    return sql`(select coalesce(json_agg(q."j"), '[]'::json) from (${rows}) q)`
  }
  const document = documentSql(inner, shaped, shape.withExtra)
  const from = sql`${table(shape.collection)} ${raw(inner)} cross join lateral (select ${outputsSql(shape, inner)}) ${raw(shaped)} where ${embedConditions(embed, row, inner)}`
  if (!embed.isMany) return sql`(select ${document} from ${from} limit 1)`
  return sql`(select coalesce(json_agg(${raw(inner)}l."j"), '[]'::json) from (select ${document} as "j" from ${from} order by ${orderSql(embed.order, inner)} limit ${count(embed.limit)}) ${raw(inner)}l)`
}

/** Aliases `d`, `de`, `dee` … name the levels of embedding; equal shapes give equal texts. */
const nested = (row: string) => `${row}e`

function embedConditions(embed: PlannedEmbed, row: string, inner: string): Sql {
  const link = sql`${raw(inner)}.${id(embed.targetColumn)} = ${raw(row)}.${id(embed.parentColumn)}`
  return conditions([
    link,
    predicateSql(embed.predicate, { doc: inner }),
    ...innerConditions(embed.shape, inner),
  ])
}

/** Documents without a match of an `!inner` embed are left out. */
export function innerConditions(shape: Shape, row: string): Sql[] {
  return shape.outputs.flatMap(output => {
    if (output.kind !== 'embed' || !output.embed.isInner) return []
    const { embed } = output
    const inner = nested(row)
    return [
      sql`exists (select 1 from ${table(embed.shape.collection)} ${raw(inner)} where ${embedConditions(embed, row, inner)})`,
    ]
  })
}
