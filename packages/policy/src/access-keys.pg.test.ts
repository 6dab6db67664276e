import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { accessKeys, type AccessKey } from './access-keys.ts'
import { bind } from './bind.ts'
import { disjuncts } from './disjuncts.ts'
import { jsonItem } from './json-value.ts'
import type { Row } from './schema.ts'
import { loadRows, tryCheck } from './testing/agreement.ts'
import { testDatabase, type TestDatabase } from './testing/database.ts'
import { bindingsArb, expressionArb, rowArb } from './testing/random.ts'
import { toJs } from './to-js.ts'

const RUNS = Number(process.env['POLICY_RUNS'] ?? 4_000)
const SEED = Number(process.env['POLICY_SEED'] ?? 5)

let db: TestDatabase
let rows: Row[]
before(async () => {
  db = await testDatabase()
  rows = await loadRows(db, fc.sample(rowArb, { seed: SEED, numRuns: 80 }))
})
after(() => db?.close())

/** What an index does with a key and a row. */
function isFound(row: Row, key: AccessKey): boolean {
  const value = row[key.column]
  if (value === undefined || key.kind === 'in-set') return false
  switch (key.kind) {
    case 'equals':
      return (key.path ?? []).reduce(jsonItem, value) === key.value
    case 'has':
      return (value as unknown[]).includes(key.value)
    case 'above':
      return (value as number) >= key.value || Number.isNaN(value)
    case 'below':
      return (value as number) <= key.value
  }
}

/** Conditions that an index can use, joined with any others. */
const indexableArb = fc
  .tuple(
    fc.constantFrom(
      'doc.owner == auth.uid',
      "doc.status in ['open', 'done', 'a']",
      'doc.owner in auth.groups',
      'doc.ref in auth.ids',
      'doc.ref == auth.uid',
      "'a' in doc.tags",
      'next.score in doc.nums',
      'doc.score == next.score',
      'doc.score == auth.n',
      'doc.score > 10',
      'doc.ratio < 1.5',
      'doc.ratio >= next.ratio',
      'doc.flag',
      '!doc.flag',
      'doc.small in [1, 42.0]',
      'doc.at > now',
      'doc.due <= date(now)',
      'doc.price == next.price',
      "doc.meta.a == 'a'",
      'doc.role == auth.role',
    ),
    expressionArb('xsmall'),
    fc.constantFrom('&&', '||'),
  )
  .map(([left, right, operator]) => `(${left}) ${operator} (${right})`)

test('a row of which the predicate is true is found under its keys', async () => {
  const kinds: Record<string, number> = {}
  const nextArb = fc.nat({ max: rows.length - 1 }).map(index => rows[index] as Row)
  const sourceArb = fc.oneof(expressionArb(), indexableArb, indexableArb)
  await fc.assert(
    fc.property(sourceArb, bindingsArb, nextArb, (source, bindings, next) => {
      const checked = tryCheck(source)
      if (!checked) return
      const bound = bind(checked, { ...bindings, next })
      const whole = toJs(bound)
      const parts = disjuncts(bound).map(part => ({ isTrue: toJs(part), found: accessKeys(part) }))
      const found = accessKeys(bound)
      for (const kind of found.kind === 'keys' ? found.keys.map(key => key.kind) : [found.kind]) {
        kinds[kind] = (kinds[kind] ?? 0) + 1
      }
      for (const row of rows) {
        const isTrue = whole(row)
        assert.equal(
          parts.some(part => part.isTrue(row)),
          isTrue,
          `the disjuncts of ${source}`,
        )
        for (const part of [{ isTrue: whole, found }, ...parts]) {
          if (!part.isTrue(row) || part.found.kind === 'always') continue
          assert.ok(part.found.kind === 'keys' && part.found.keys.some(key => isFound(row, key)), source)
        }
      }
    }),
    { numRuns: RUNS, seed: SEED },
  )
  for (const kind of ['equals', 'has', 'above', 'below', 'always', 'never']) {
    assert.ok((kinds[kind] ?? 0) > 10, `too few keys of kind ${kind}: ${JSON.stringify(kinds)}`)
  }
})
