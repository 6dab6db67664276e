import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { and, bind, type Bindings } from './bind.ts'
import { CelError } from './cel-error.ts'
import { check } from './check.ts'
import type { Checked } from './checked.ts'
import { decodeRow } from './codec.ts'
import { helperSql } from './helpers-sql.ts'
import type { Row } from './schema.ts'
import { testDatabase, type TestDatabase } from './testing/database.ts'
import { bindingsArb, columns, expressionArb, rowArb, table, tableSql } from './testing/random.ts'
import { toClosure, toClosureValue } from './to-closure.ts'
import { toJs, toJsTruth, toJsValue, writeJs } from './to-js.ts'
import { toSql } from './to-sql.ts'

// POLICY_RUNS and POLICY_SEED make the search longer or another one.
const RUNS = Number(process.env['POLICY_RUNS'] ?? 3_000)
const SEED = Number(process.env['POLICY_SEED'] ?? 1)
const ROWS = 60

let db: TestDatabase
let rows: Row[] = []

before(async () => {
  db = await testDatabase()
  await db.query(helperSql)
  await db.query(tableSql)
  const placeholders = columns.map((_, i) => `$${i + 2}`).join(', ')
  const insert = `INSERT INTO things(id, ${columns.join(', ')}) VALUES ($1, ${placeholders})`
  for (const [id, row] of fc.sample(rowArb, { seed: SEED, numRuns: ROWS }).entries()) {
    await db.query(insert, [id, ...columns.map(column => row[column])])
  }
  rows = (await db.query('SELECT * FROM things ORDER BY id')).map(row => decodeRow(table, row))
})
after(() => db?.close())

const nextArb = fc.nat({ max: ROWS - 1 }).map(index => rows[index] as Row)

function tryCheck(source: string): Checked | undefined {
  try {
    return check(source, { doc: table, next: table })
  } catch (error) {
    if (error instanceof CelError) return undefined
    throw error
  }
}

/** Everything that must agree about one expression. */
async function assertAgreement(
  source: string,
  bindings: Bindings,
  collate: boolean,
): Promise<'untyped' | 'same'> {
  const checked = tryCheck(source)
  if (!checked) return 'untyped'
  const exact = bind(checked, bindings, { exact: true })
  const simple = bind(checked, bindings)
  const sql = toSql(exact, { alias: 't', collate })
  const simpleSql = toSql(and(simple), { alias: 't', collate, startAt: sql.values.length + 1 })
  const statement = `SELECT (${sql.text}) AS exact, (${simpleSql.text}) AS simple FROM things t ORDER BY id`
  const results = await db.query(statement, [...sql.values, ...simpleSql.values]).catch((error: Error) => {
    throw new Error(`${error.message}\n${statement}\n${JSON.stringify([...sql.values, ...simpleSql.values])}`)
  })
  const [truth, value, closure] = [toJsTruth(exact), toJsValue(exact), toClosureValue(exact)]
  const [predicate, simpleClosure] = [toJs(simple), toClosure(simple)]
  for (const [index, row] of rows.entries()) {
    const { exact: text, simple: simpleText } = results[index] as Record<string, string | null>
    const expected = text === null ? undefined : text === 't'
    const got = [truth(row), value(row), closure(row), predicate(row), simpleClosure(row), simpleText === 't']
    const passes = expected === true
    assert.deepEqual(
      got,
      [expected, expected, expected, passes, passes, passes],
      `[is, value, closure, simple is, simple closure, simple SQL] of row ${index}\n${source}\n${sql.text}\n${JSON.stringify(sql.values)}\n${writeJs(exact.node, 'true').source}\nsimple: ${simpleSql.text}`,
    )
  }
  return 'same'
}

test('SQL, the template, the closures and their simplified forms agree on random expressions', async () => {
  let compared = 0
  let run = 0
  await fc.assert(
    fc.asyncProperty(expressionArb(), bindingsArb, nextArb, async (source, bindings, next) => {
      if ((await assertAgreement(source, { ...bindings, next }, ++run % 4 === 0)) === 'same') compared++
    }),
    { numRuns: RUNS, seed: SEED },
  )
  assert.ok(compared > RUNS * 0.6, `only ${compared} of ${RUNS} expressions had a type`)
})
