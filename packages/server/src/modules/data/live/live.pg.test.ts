import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { toJs } from '@cloudbox/policy/to-js'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Environment } from '../../../kernel/caller.ts'
import { id, join, raw, sql } from '../../../kernel/sql.ts'
import type { StreamTable } from '../../../kernel/stream.ts'
import { startTestServer, type TestServer } from '../../../testing/start-test-server.ts'
import { operationOf } from '../documents/operators.ts'
import { createCatalog, type Catalog } from '../collections/catalog.ts'
import type { Collection } from '../collection.ts'
import { compileLive } from './compile-live.ts'
import { testSecret } from '../../../testing/callers.ts'

// The bridge between the database and the change stream: a live query has to give the documents, the order and the
// answers to filters that a list gives. Rows of every type, made at random, are compared through both.

const definition: CollectionDefinition = {
  name: 'all',
  flexible: true,
  fields: {
    text: { type: 'text' },
    integer: { type: 'integer' },
    number: { type: 'number' },
    decimal: { type: 'decimal' },
    boolean: { type: 'boolean' },
    timestamp: { type: 'timestamp' },
    date: { type: 'date' },
    json: { type: 'json' },
    uuid: { type: 'uuid' },
    select: { type: 'select', options: ['a', 'b', 'ç'] },
    geopoint: { type: 'geopoint' },
    texts: { type: 'text', list: true },
    integers: { type: 'integer', list: true },
    numbers: { type: 'number', list: true },
    decimals: { type: 'decimal', list: true },
    booleans: { type: 'boolean', list: true },
    timestamps: { type: 'timestamp', list: true },
    dates: { type: 'date', list: true },
  },
}

const rowCount = 150
const cleanups: (() => Promise<void>)[] = []
let server: TestServer
let catalog: Catalog
let environment: Environment
let collection: Collection

const awkward = fc.constantFrom(
  '',
  '"',
  '\\',
  'a,b',
  '{x}',
  'NULL',
  'null',
  'ı',
  'İ',
  'ß',
  '😀',
  '\u2028',
  'Ω',
  '\t\n',
  "'",
  '%',
  '_',
  '*',
  '10',
  '9',
  'true',
)
const text = fc.oneof(
  awkward,
  fc.string({ unit: 'binary', maxLength: 6 }).map(raw => raw.replaceAll('\0', '')),
)
const storable = text.filter(value => value.isWellFormed())
const integer = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.maxSafeInteger())
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0),
  fc.constantFrom(0, 0.1, 1e21, 1e-7, 123456789.125, -5e-324, 1.7976931348623157e308),
)
const decimal = fc
  .tuple(fc.integer(), fc.integer({ min: 0, max: 9999 }))
  .map(([whole, part]) => `${whole}.${part}`)
const timestamp = fc
  .tuple(fc.integer({ min: -62135596800, max: 253402300799 }), fc.integer({ min: 0, max: 999 }))
  .map(([seconds, ms]) => new Date(seconds * 1000 + ms).toISOString())
const date = timestamp.map(value => value.slice(0, 10)).filter(value => value.length === 10)
const json = fc
  .jsonValue({ maxDepth: 2, stringUnit: 'grapheme' })
  .filter(value => value !== null && !JSON.stringify(value).includes('\\u0000'))
  // Or it would be an operator.
  .map(value => (operationOf(value) === undefined ? value : { $set: value }))
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 })
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4, nil: null })
const document = fc.record({
  text: optional(storable),
  integer: optional(integer),
  number: optional(number),
  decimal: optional(decimal),
  boolean: optional(fc.boolean()),
  timestamp: optional(timestamp),
  date: optional(date),
  json: optional(json),
  uuid: optional(fc.uuid()),
  select: optional(fc.constantFrom('a', 'b', 'ç')),
  geopoint: optional(
    fc.record({
      lat: fc.double({ min: -90, max: 90, noNaN: true }).map(v => v + 0),
      lng: fc.double({ min: -180, max: 180, noNaN: true }).map(v => v + 0),
    }),
  ),
  texts: optional(list(storable)),
  integers: optional(list(integer)),
  numbers: optional(list(number)),
  decimals: optional(list(decimal)),
  booleans: optional(list(fc.boolean())),
  timestamps: optional(list(timestamp)),
  dates: optional(list(date)),
  extra: optional(json),
  'odd key"': optional(storable),
})

before(async () => {
  server = await startTestServer({ after: work => void cleanups.push(work) }, { dev: false })
  ;({ environment } = server)
  const made = await server.request('POST', '/data/$collections', { body: definition })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const body = fc.sample(document, rowCount)
  const inserted = await server.request('POST', '/data/all', {
    body,
    headers: { apikey: server.secretKey, prefer: 'return=minimal' },
  })
  assert.equal(inserted.status, 204, JSON.stringify(inserted.body).slice(0, 500))
  catalog = createCatalog(server.db)
  collection = (await catalog.collections(environment)).get('all')!
})
after(async () => {
  for (const work of cleanups) await work()
})

/** Every row as the change stream writes it: through the output functions of the types. */
async function streamRows() {
  const names = [...[...collection.fields.values()].map(field => field.column), 'extra_fields']
  const table: StreamTable = {
    schema: collection.schema,
    name: collection.name,
    columns: names.map(name => ({ name, typeOid: 0, isKey: false })),
  }
  const texts = join(
    names.map(
      (name, i) =>
        sql`case when ${id(name)} is not null then format('%s', ${id(name)}) end as ${raw(`"c${i}"`)}`,
    ),
  )
  const rows = await server.db.query<Record<string, string | null>>(
    sql`select ${texts} from ${id(collection.schema, collection.name)}`,
  )
  return { table, rows: rows.map(row => names.map((_, i) => row[`c${i}`] ?? null)) }
}

const compile = (queryText: string) =>
  compileLive(catalog, environment, testSecret, { collection: 'all', queryText })

test('a document is the same to the byte in a list, a snapshot and a change', async () => {
  const { table, rows } = await streamRows()
  for (const queryText of ['', 'select=id,t:text,geopoint,decimals,when:timestamp,createdAt']) {
    const query = await compile(queryText)
    const written = new Map(
      rows.map(row => [query.keyOf(query.readRow(table, row)), query.writeJson(table, row)]),
    )
    const snapshot = await server.db.transaction(tx => query.snapshot(tx, 1000))
    assert.equal(snapshot.length, rowCount)
    for (const { key, json } of snapshot) assert.equal(written.get(key), json)
    const answer = await fetch(`${server.environmentUrl}/v1/data/all?limit=1000&order=id&${queryText}`, {
      headers: { apikey: server.secretKey },
    })
    const inOrder = [...snapshot].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ json }) => json)
    assert.equal(await answer.text(), `[${inOrder.join(',')}]`)
  }
})

test('rows sort in memory as Postgres sorts them', async () => {
  const { table, rows } = await streamRows()
  for (const field of [
    'text',
    'integer',
    'number',
    'decimal',
    'boolean',
    'timestamp',
    'date',
    'uuid',
    'select',
    'createdAt',
  ]) {
    for (const direction of ['asc', 'desc']) {
      const query = await compile(`order=${field}.${direction}`)
      const snapshot = await server.db.transaction(tx => query.snapshot(tx, 1000))
      const sorted = rows.map(row => query.readRow(table, row)).sort(query.compare)
      assert.deepEqual(
        sorted.map(query.keyOf),
        snapshot.map(({ key }) => key),
        `${field}.${direction}`,
      )
      const again = [...snapshot].sort((a, b) => query.compare(a.model, b.model))
      assert.deepEqual(
        again.map(({ key }) => key),
        snapshot.map(({ key }) => key),
        `${field}.${direction} of a snapshot`,
      )
    }
  }
})

const quote = (value: string) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`
const ordered = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte'] as const
const of = (field: string, value: fc.Arbitrary<unknown>, names: readonly string[] = ordered) =>
  fc
    .tuple(fc.constantFrom(...names), value)
    .map(([operator, found]) => `${field}.${operator}.${quote(String(found))}`)
const listOf = (field: string, item: fc.Arbitrary<unknown>, names: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...names), fc.array(item, { maxLength: 3 }))
    .map(
      ([operator, items]) => `${field}.${operator}.(${items.map(found => quote(String(found))).join(',')})`,
    )
const pattern = fc
  .array(
    fc.oneof(
      fc.constantFrom('*', '_', '%', 'a', 'A', 'İ', 'ß', 'Ω', 'ω', '😀'),
      storable.map(value => value.replaceAll('\\', '\\\\')),
    ),
    { maxLength: 4 },
  )
  .map(parts => parts.join(''))
const unquoted = fc.constantFrom('5', 'true', 'null', 'x', '-1.5', '""')
const comparison = fc.oneof(
  of('text', storable),
  of('text', pattern, ['like', 'ilike']),
  of('text', fc.constantFrom('^a', '[0-9]+', '.', '^.$', 'ß|İ', '(a*)*b'), ['match']),
  of('integer', integer),
  of('number', number),
  of('decimal', decimal),
  of('timestamp', timestamp),
  of('date', date),
  of('uuid', fc.uuid()),
  of('boolean', fc.boolean(), ['eq', 'neq']),
  listOf('integer', integer, ['in']),
  listOf('text', storable, ['in']),
  listOf('texts', storable, ['contains', 'containedBy', 'overlaps']),
  listOf('integers', fc.integer({ min: -20, max: 20 }), ['contains', 'containedBy', 'overlaps']),
  listOf('numbers', number, ['contains', 'containedBy', 'overlaps']),
  listOf('decimals', decimal, ['contains', 'overlaps']),
  fc
    .tuple(
      fc.constantFrom('json', 'extra', 'json->a', 'json->0', 'extra->>b', 'nothing'),
      fc.constantFrom(...ordered),
      unquoted,
    )
    .map(([path, operator, value]) => `${path}.${operator}.${value}`),
  fc
    .tuple(fc.constantFrom(...Object.keys(definition.fields), 'extra'), fc.constantFrom('null', 'not_null'))
    .map(([field, word]) => `${field}.is.${word}`),
  fc.constantFrom(
    'boolean.is.true',
    'boolean.is.false',
    'boolean.is.unknown',
    'json.is.true',
    'extra.is.false',
  ),
)
const filter: fc.Arbitrary<string> = fc.letrec<{ any: string }>(tie => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    comparison.map(text => text.replace(/^([^.]+)\./, '$1.not.')),
    fc
      .tuple(
        fc.constantFrom('and', 'or', 'not.and', 'not.or'),
        fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
      )
      .map(([word, items]) => `${word}(${items.join(',')})`),
  ),
})).any

test('a filter means the same to Postgres and to a change', async () => {
  const { table, rows } = await streamRows()
  let matched = 0
  await fc.assert(
    fc.asyncProperty(filter, async text => {
      const queryText = `and=${encodeURIComponent(`(${text})`)}`
      const query = await compile(queryText)
      const matches = toJs(query.predicate)
      const inMemory = rows
        .map(row => query.readRow(table, row))
        .filter(model => matches(model))
        .map(query.keyOf)
      const snapshot = await server.db.transaction(tx => query.snapshot(tx, 1000))
      matched += snapshot.length
      assert.deepEqual(inMemory.sort(), snapshot.map(({ key }) => key).sort())
    }),
    { numRuns: 200 },
  )
  // Filters that never match would prove nothing.
  assert.ok(matched > 1000, `${matched} rows matched`)
})

test('what only the database can answer is not live', async () => {
  const refused = [
    'select=title:text',
    'select=text&order=integer',
    'select=id,n:integer::text',
    'select=id,json->a',
    'order=text.desc.nullslast',
    'order=json->>a',
    'select=text,n:count()',
    'having=n.gt.1',
    'count=exact',
  ]
  for (const queryText of refused) {
    await assert.rejects(compile(queryText), { code: 'realtime/not-live' }, queryText)
  }
  await assert.rejects(compile('nope->x=eqq.1'), { code: 'data/invalid-query' })
})

test('equal questions are one group, others are not', async () => {
  const key = async (queryText: string) => (await compile(queryText)).groupKey
  const base = await key('integer=eq.1&text=eq.a&order=text')
  assert.equal(await key('text=eq.a&integer=eq.1&order=text.asc'), base)
  for (const other of [
    'integer=eq.2&text=eq.a&order=text',
    'integer=eq.1&text=eq.a',
    'integer=eq.1&text=eq.a&order=text&limit=5',
    'integer=eq.1&text=eq.a&order=text&select=id,text',
  ])
    assert.notEqual(await key(other), base)
})
