import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { bind } from './bind.ts'
import { check } from './check.ts'
import { decodeText } from './codec.ts'
import { helperSql } from './helpers-sql.ts'
import { LookupSet } from './lookup-set.ts'
import { separateLookups, setQuery } from './lookups.ts'
import type { Row, TableSchema } from './schema.ts'
import { testDatabase, type TestDatabase } from './testing/database.ts'
import { toClosureValue } from './to-closure.ts'
import { toJsTruth } from './to-js.ts'
import { toSql } from './to-sql.ts'

const RUNS = Number(process.env['POLICY_RUNS'] ?? 400)

// Both tables have the same column names, so that a name caught by the wrong table shows.
const fields = { room: 'string', uid: 'string', role: 'string', level: 'int' } as const
const tableOf = (name: string): TableSchema => ({
  name,
  table: `"${name}"`,
  fields: Object.fromEntries(Object.entries(fields).map(([column, type]) => [column, { type, column }])),
})
const members = tableOf('members')
const docs = tableOf('docs')
const names = Object.keys(fields)

let db: TestDatabase
before(async () => {
  db = await testDatabase()
  await db.query(helperSql)
  for (const name of ['members', 'docs']) {
    await db.query(`CREATE TABLE ${name}(id int PRIMARY KEY, room text, uid text, role text, level int8)`)
  }
})
after(() => db?.close())

const absent = { nil: undefined, freq: 6 }
const wordArb = fc.option(fc.constantFrom('a', 'b', 'c', 'x'), absent)
const rowArb = fc.record({
  room: wordArb,
  uid: wordArb,
  role: wordArb,
  level: fc.option(fc.integer({ min: 0, max: 3 }), absent),
})
const linkArb = fc.constantFrom(
  'm.room == doc.room',
  'doc.role == m.uid',
  'm.level == doc.level',
  'm.uid == doc.room',
)
const ownArb = fc.constantFrom(
  'm.uid == auth.uid',
  "m.role == 'a'",
  "m.role in ['a', 'b']",
  'm.level >= size(auth.rooms)',
  "!(m.role == 'x')",
  'has(m.role)',
  'm.level + 1 > 2',
  "(m.role == 'a' || m.uid == auth.uid)",
)
const lookupArb = fc
  .tuple(fc.option(linkArb, { freq: 8, nil: undefined }), fc.array(ownArb, { maxLength: 2 }))
  .map(([link, own]) => `db.members.exists(m, ${[link, ...own].filter(Boolean).join(' && ') || 'true'})`)
const sourceArb = fc.letrec<{ e: string }>(tie => ({
  e: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    lookupArb,
    lookupArb,
    fc.constantFrom('doc.role == auth.uid', 'doc.level > 1', "doc.room == 'a'"),
    fc.tuple(tie('e'), tie('e')).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie('e'), tie('e')).map(([a, b]) => `(${a} || ${b})`),
    tie('e').map(a => `!(${a})`),
  ),
})).e

async function insert(table: string, rows: readonly Row[]): Promise<void> {
  for (const [id, row] of rows.entries()) {
    await db.query(`INSERT INTO ${table} VALUES ($1, $2, $3, $4, $5)`, [
      id,
      ...names.map(name => row[name] ?? null),
    ])
  }
}

test('sets kept from changes, sets read from the table, and EXISTS agree', async () => {
  const authArb = fc.record({
    uid: fc.option(fc.constantFrom('a', 'b', 'x'), { nil: undefined }),
    claims: fc.record({ rooms: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }) }),
  })
  const rowsArb = fc.array(rowArb, { minLength: 1, maxLength: 8 })
  let separated = 0
  await fc.assert(
    fc.asyncProperty(sourceArb, authArb, rowsArb, rowsArb, async (source, auth, memberRows, docRows) => {
      let checked
      try {
        checked = check(source, { doc: docs, db: { members } })
      } catch {
        return // more than three lookups
      }
      const bound = bind(checked, { auth }, { exact: true })
      const found = separateLookups(bound)
      assert.deepEqual(found.others, [])
      if (found.sets.length > 0) separated++
      const kept = found.sets.map(lookup => new LookupSet(lookup))

      await db.query('BEGIN')
      try {
        await db.query('TRUNCATE members, docs')
        await insert('docs', docRows)
        // Begin with other rows, then change them into the given ones one by one, then delete the last.
        const first = memberRows.map((row, i) => memberRows[(i + 3) % memberRows.length] ?? row)
        const last = memberRows.length - 1
        await insert('members', memberRows.slice(0, last))
        for (const set of kept) {
          for (const row of first) set.change(undefined, row)
          for (const [i, row] of memberRows.entries()) set.change(first[i], row)
          set.change(memberRows[last], undefined)
        }
        const read = []
        for (const lookup of found.sets) {
          const set = new LookupSet(lookup)
          const { text, values } = setQuery(lookup)
          const type = lookup.column === undefined ? 'bool' : fields[lookup.column as keyof typeof fields]
          for (const { value, count } of await db.query(text, values)) {
            set.load(lookup.column === undefined ? true : decodeText(type, false, value), Number(count))
          }
          read.push(set)
        }
        const sql = toSql(bound, { alias: 'd' })
        const results = await db.query(`SELECT (${sql.text}) AS r FROM docs d ORDER BY id`, sql.values)
        for (const [i, row] of docRows.entries()) {
          const text = results[i]?.['r']
          const expected = text === null ? undefined : text === 't'
          const got: unknown[] = [
            toJsTruth(found.bound)(row, {}, kept),
            toClosureValue(found.bound)(row, {}, read),
          ]
          assert.deepEqual(got, [expected, expected], `${source}\n${sql.text}`)
        }
      } finally {
        await db.query('ROLLBACK')
      }
    }),
    { numRuns: RUNS, seed: 7 },
  )
  assert.ok(separated > RUNS / 3)
})

test('a change tells which values came into the set and which left it', () => {
  const checked = check('db.members.exists(m, m.room == doc.room && m.uid == auth.uid)', {
    doc: docs,
    db: { members },
  })
  const [lookup] = separateLookups(bind(checked, { auth: { uid: 'u' } })).sets
  assert.ok(lookup)
  const set = new LookupSet(lookup)
  const row = (room: string, uid = 'u') => ({ room, uid })
  assert.deepEqual(set.change(undefined, row('a')), { added: ['a'], removed: [] })
  assert.deepEqual(set.change(undefined, row('a')), { added: [], removed: [] })
  assert.deepEqual(set.change(undefined, row('b', 'other')), { added: [], removed: [] })
  assert.deepEqual(set.change(row('a'), row('b')), { added: ['b'], removed: [] })
  assert.deepEqual(set.change(row('a'), row('b')), { added: [], removed: ['a'] })
  assert.deepEqual([...set.values()], ['b'])
})

test('a lookup that is no set says why', () => {
  const reasons = [
    'm.room == doc.room && m.uid == doc.uid',
    'm.level < doc.level',
    'm.room == doc.room || m.uid == auth.uid',
  ].map(body => {
    const checked = check(`db.members.exists(m, ${body})`, { doc: docs, db: { members } })
    const { isRealtime, others } = separateLookups(bind(checked, { auth: { uid: 'u' } }))
    assert.equal(isRealtime, false)
    return others[0]?.reason
  })
  assert.deepEqual(reasons, [
    'more than one field is linked to the document',
    'a clause on the document is not an equality of two fields of one type',
    'a clause on the document is not an equality of two fields of one type',
  ])
})

test('25 without the alias a column of the document would mean that of the lookup table', async () => {
  const checked = check('db.members.exists(m, m.uid == doc.room)', { doc: docs, db: { members } })
  const { text, values } = toSql(bind(checked, {}), { alias: 'd' })
  await db.query('BEGIN')
  await insert('docs', [{ room: 'a' }])
  await insert('members', [{ room: 'b', uid: 'b' }])
  const count = (where: string) => db.query(`SELECT count(*) AS n FROM docs d WHERE ${where}`, values)
  assert.deepEqual(await count(text), [{ n: '0' }])
  assert.deepEqual(await count(text.replaceAll('d."', '"')), [{ n: '1' }])
  await db.query('ROLLBACK')
})
