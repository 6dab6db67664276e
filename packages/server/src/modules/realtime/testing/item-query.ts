import { bind, type Auth } from '@cloudbox/policy/bind'
import { check } from '@cloudbox/policy/check'
import { decodeRow, decodeText } from '@cloudbox/policy/codec'
import { separateLookups, setQuery, type SetLookup } from '@cloudbox/policy/lookups'
import { predicateKey } from '@cloudbox/policy/predicate-key'
import type { TableSchema } from '@cloudbox/policy/schema'
import { compareText } from '@cloudbox/policy/text'
import { toSql } from '@cloudbox/policy/to-sql'
import type { Database } from '../../../kernel/db.ts'
import { join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import type { StreamRow, StreamTable } from '../../../kernel/stream.ts'
import type { Collection, LiveLookup, LiveQuery, ModelRow } from '../../data/module.ts'

/** One document of the table the tests write to. */
export interface Item {
  readonly id: string
  readonly room: string | null
  readonly owner: string | null
  readonly score: number | null
  readonly open: boolean | null
  readonly tags: readonly string[] | null
}

export async function makeItems(db: Database): Promise<void> {
  await db.transaction(tx =>
    tx.script(`create schema app;
      create table app.item (id uuid primary key, room text, owner text, score bigint, open boolean, tags text[]);
      alter table app.item replica identity full;
      create table app.member (room text, uid text);
      alter table app.member replica identity full`),
  )
}

/** The table as expressions see it. */
const schema: TableSchema = {
  name: 'item',
  table: '"app"."item"',
  fields: {
    id: { type: 'uuid', column: 'id' },
    room: { type: 'string', column: 'room' },
    owner: { type: 'string', column: 'owner' },
    score: { type: 'int', column: 'score' },
    open: { type: 'bool', column: 'open' },
    tags: { type: 'string', list: true, column: 'tags' },
  },
}

/** Who is in which room. */
const member: TableSchema = {
  name: 'member',
  table: '"app"."member"',
  fields: { room: { type: 'string', column: 'room' }, uid: { type: 'string', column: 'uid' } },
}

export function itemCollection(version = 1, list = 'public("test")'): Collection {
  return {
    name: 'item',
    schema: 'app',
    version,
    flexible: false,
    fields: new Map(),
    policies: new Map([['list', { operation: 'list', text: list }]]),
    incoming: [],
    definition: { name: 'item', fields: { room: { type: 'text' } }, policies: { list } },
  }
}

export interface ItemQuestion {
  /** CEL over the item, which may look into `db.member`; every item unless told. */
  readonly where?: string
  /** Order by score, then id; by id alone unless told. */
  readonly byScore?: 'asc' | 'desc'
  readonly limit?: number
  readonly auth?: Auth
}

/** What the data module compiles, written by hand for one table. */
export function itemQuery(
  { where = 'true', byScore, limit, auth = {} }: ItemQuestion,
  collection = itemCollection(),
): LiveQuery {
  const predicate = bind(check(where, { doc: schema, db: { member } }), { auth })
  const { bound: judged, sets } = separateLookups(predicate)
  const direction = raw(byScore ?? 'asc')
  const order = byScore === undefined ? sql`t.id` : sql`t.score ${direction}, t.id`
  const compare = (a: ModelRow, b: ModelRow): number => {
    const byId = compareText(a.id as string, b.id as string)
    if (byScore === undefined) return byId
    // Postgres sorts NULL as more than everything.
    const [left, right] = [a.score ?? Infinity, b.score ?? Infinity] as [number, number]
    const difference = left === right ? 0 : left < right ? -1 : 1
    return (byScore === 'desc' ? -difference : difference) || byId
  }
  const readRow = (table: StreamTable, row: StreamRow) => readAs(schema, table, row)
  return {
    collection,
    predicate,
    judged,
    lookups: sets.map(memberLookup),
    clauses: () => ({
      policy: [],
      filter: [{ text: where, bound: judged, lookups: sets.map(memberLookup) }],
    }),
    groupKey: JSON.stringify([collection.version, predicateKey(predicate), byScore, limit]),
    order: byScore === undefined ? [] : [['score', byScore]],
    limit,
    readRow,
    compare,
    keyOf: model => model.id as string,
    writeJson: (table, row) => JSON.stringify(toItem(readRow(table, row))),
    async snapshot(tx, rows) {
      const found = await tx.query<{ model: string; id: string; score: string | null }>(sql`
        select row_to_json(t)::text as model, t.id, t.score from app.item t
        where ${fragment(toSql(predicate, { alias: 't' }))} order by ${order} limit ${rows}`)
      return found.map(({ model, id, score }) => ({
        key: id,
        json: model,
        model: { id, score: score === null ? undefined : Number(score) },
      }))
    },
  }
}

function memberLookup(lookup: SetLookup): LiveLookup {
  return {
    key: lookup.key,
    collection: { name: 'member', schema: 'app', version: 1 },
    lookup,
    readRow: (table, row) => readAs(member, table, row),
    async snapshot(tx) {
      const found = await tx.query<{ value: string | null; count: string }>(
        sql`${fragment(setQuery(lookup))}`,
      )
      return found.map(({ value, count }) => ({
        value: value === null ? true : decodeText('string', false, value),
        count: Number(count),
      }))
    },
  }
}

const readAs = (schema: TableSchema, table: StreamTable, row: StreamRow) =>
  decodeRow(schema, Object.fromEntries(table.columns.map(({ name }, i) => [name, row[i]])))

/** The fresh answer of a query, to compare with. */
export async function askItems(db: Database, question: ItemQuestion): Promise<Item[]> {
  const query = itemQuery(question)
  const rows = await db.transaction(tx => query.snapshot(tx, question.limit ?? 1_000_000))
  return rows.map(row => JSON.parse(row.json) as Item)
}

function toItem(model: ModelRow): Item {
  const { id, room, owner, score, open, tags } = model as Record<keyof Item, never>
  return {
    id,
    room: room ?? null,
    owner: owner ?? null,
    score: score ?? null,
    open: open ?? null,
    tags: tags ?? null,
  }
}

/** SQL with numbered placeholders as a piece. */
function fragment({ text, values }: { text: string; values: readonly unknown[] }): Sql {
  const numbers = [...text.matchAll(/\$(\d+)/g)].map(match => Number(match[1]))
  return join(
    text
      .split(/\$\d+/)
      .map((part, i) => (i === 0 ? raw(part) : sql`${values[numbers[i - 1]! - 1]}${raw(part)}`)),
    '',
  )
}
