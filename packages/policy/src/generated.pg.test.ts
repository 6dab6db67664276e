import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { bind } from './bind.ts'
import { check } from './check.ts'
import { decodeText } from './codec.ts'
import type { Row, ValueType } from './schema.ts'
import { loadRows } from './testing/agreement.ts'
import { testDatabase, type TestDatabase } from './testing/database.ts'
import { rowArb } from './testing/random.ts'
import { table } from './testing/table.ts'
import { toGenerated } from './to-ddl.ts'
import { toJsValue } from './to-js.ts'

const computed: [type: ValueType, source: string][] = [
  ['string', "orElse(doc.owner, '?') + '\\\\' + orElse(doc.status, \"it's\").lowerAscii()"],
  ['string', "string(doc.score * 2) + '/' + string(doc.ref)"],
  ['int', 'doc.score * 3 + doc.small'],
  ['int', 'size(doc.tags) + doc.at.getFullYear()'],
  ['double', '(doc.ratio + doc.score) / 3.0'],
  ['double', 'doc.score'],
  ['decimal', 'orElse(doc.price, 0.10)'],
  ['bool', "doc.status in ['open', 'done'] || 'a' in doc.tags || doc.owner.matches('^[a-z]+$')"],
  ['date', 'date(doc.at)'],
  ['timestamp', "doc.at + duration('36h')"],
  ['uuid', 'orElse(doc.ref, doc.owner)'],
  ['string', 'doc.meta.a'],
]

describe('a computed field is what the expression is', () => {
  let db: TestDatabase
  let rows: Row[]
  before(async () => {
    db = await testDatabase()
    rows = await loadRows(db, fc.sample(rowArb, { seed: 9, numRuns: 60 }))
  })
  after(() => db?.close())

  for (const [type, source] of computed) {
    test(`${type}: ${source}`, async () => {
      const checked = check(source, { doc: table, expects: type })
      await db.query('ALTER TABLE things DROP COLUMN IF EXISTS computed')
      const sqlType = {
        string: 'text',
        int: 'int8',
        double: 'float8',
        decimal: 'numeric',
        timestamp: 'timestamptz',
      }
      const column = sqlType[type as keyof typeof sqlType] ?? type
      await db.query(
        `ALTER TABLE things ADD COLUMN computed ${column} GENERATED ALWAYS AS (${toGenerated(checked)}) STORED`,
      )
      const stored = await db.query('SELECT computed FROM things ORDER BY id')
      const value = toJsValue(bind(checked, {}))
      assert.deepEqual(
        rows.map(row => value(row)),
        stored.map(row => decodeText(type, false, row['computed'])),
      )
    })
  }
})

test('a computed field cannot hold what Postgres refuses there', () => {
  const generated = (source: string) => () => toGenerated(check(source, { doc: table }))
  assert.throws(generated('doc.owner == auth.uid'), /a computed field cannot read auth\.uid/)
  assert.throws(generated('doc.at < now'), /a computed field cannot read now/)
  assert.throws(generated("doc.tags.exists(t, t > 'a')"), /cannot stand here/)
  assert.throws(
    () => toGenerated(check('doc.flag', { doc: table }), 'default'),
    /a default cannot read fields/,
  )
})

test('a default may read the session', () => {
  const text = (source: string, expects: ValueType) => toGenerated(check(source, { expects }), 'default')
  assert.equal(text('auth.uid', 'string'), 'cb.uid()')
  assert.equal(text('now', 'timestamp'), 'statement_timestamp()')
  assert.equal(text("'it\\\\s'", 'string'), "E'it\\\\s'::text")
  assert.equal(text('date(now)', 'date'), 'cb.time_date(statement_timestamp())')
})
