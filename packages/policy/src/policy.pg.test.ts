import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Row } from './schema.ts'
import { findDisagreement, loadRows, tryCheck } from './testing/agreement.ts'
import { testDatabase, type TestDatabase } from './testing/database.ts'
import { bindingsArb, expressionArb, rowArb } from './testing/random.ts'

// POLICY_RUNS and POLICY_SEED make the search longer or another one.
const RUNS = Number(process.env['POLICY_RUNS'] ?? 3_000)
const SEED = Number(process.env['POLICY_SEED'] ?? 1)
const ROWS = 60

let db: TestDatabase
let rows: Row[] = []

before(async () => {
  db = await testDatabase()
  rows = await loadRows(db, fc.sample(rowArb, { seed: SEED, numRuns: ROWS }))
})
after(() => db?.close())

test('SQL, the template and the closures agree on random expressions, exact and simplified', async () => {
  let compared = 0
  const nextArb = fc.nat({ max: ROWS - 1 }).map(index => rows[index] as Row)
  await fc.assert(
    fc.asyncProperty(
      expressionArb(),
      bindingsArb,
      nextArb,
      fc.boolean(),
      async (source, bindings, next, collate) => {
        const checked = tryCheck(source)
        if (!checked) return
        compared++
        const trial = { source, bindings: { ...bindings, next }, collate }
        assert.equal(await findDisagreement(db, rows, checked, trial), undefined)
      },
    ),
    { numRuns: RUNS, seed: SEED },
  )
  assert.ok(compared > RUNS * 0.6, `only ${compared} of ${RUNS} expressions had a type`)
})
