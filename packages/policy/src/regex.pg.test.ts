import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { translateRegex } from './regex.ts'
import { testDatabase, type TestDatabase } from './testing/database.ts'
import { patternArb, texts } from './testing/random.ts'

const RUNS = Number(process.env['POLICY_RUNS'] ?? 1_500)

let db: TestDatabase
before(async () => {
  db = await testDatabase()
})
after(() => db?.close())

test('a translated pattern matches the same texts in JavaScript and in Postgres', async () => {
  const characters = fc.constantFrom('a', 'b', ' ', '\n', 'é', '1', '-', '.', '\u{1F600}', '\\')
  const textsArb = fc.array(fc.oneof(fc.constantFrom(...texts), fc.string({ unit: characters })), {
    minLength: 5,
    maxLength: 20,
  })
  let compared = 0
  await fc.assert(
    fc.asyncProperty(patternArb, textsArb, async (source, samples) => {
      const translated = translateRegex(source)
      if ('mistake' in translated) return
      compared++
      const pattern = new RegExp(translated.pattern, 'u')
      const results = await db.query(
        'SELECT x ~ $2 AS r FROM unnest($1::text[]) WITH ORDINALITY AS u(x, i) ORDER BY i',
        [samples, translated.pattern],
      )
      assert.deepEqual(
        results.map(row => row['r'] === 't'),
        samples.map(text => pattern.test(text)),
        `${source} as ${translated.pattern} on ${JSON.stringify(samples)}`,
      )
    }),
    { numRuns: RUNS, seed: 3 },
  )
  assert.ok(compared > RUNS / 3)
})
