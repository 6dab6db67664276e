import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { compileRegex } from './match-regex.ts'
import { parseRegex, regexText, translateRegex } from './regex.ts'
import { testDatabase, type TestDatabase } from './testing/database.ts'
import { patternArb, texts } from './testing/random.ts'

const RUNS = Number(process.env['POLICY_RUNS'] ?? 1_500)

let db: TestDatabase
before(async () => {
  db = await testDatabase()
})
after(() => db?.close())

test('a pattern matches the same texts here, in JavaScript and in Postgres', async () => {
  const characters = fc.constantFrom('a', 'b', ' ', '\n', 'é', '1', '-', '.', '\t', '\v', '\u{1F600}', '\\')
  const textsArb = fc.array(fc.oneof(fc.constantFrom(...texts), fc.string({ unit: characters })), {
    minLength: 5,
    maxLength: 20,
  })
  let compared = 0
  await fc.assert(
    fc.asyncProperty(patternArb, textsArb, async (source, samples) => {
      const node = parseRegex(source)
      if ('mistake' in node) return
      compared++
      const text = regexText(node)
      const isFound = compileRegex(node)
      const native = new RegExp(text, 'u')
      assert.deepEqual(translateRegex(text), { pattern: text }, 'the text of a pattern is the same pattern')
      const results = await db.query(
        'SELECT x ~ $2 AS r FROM unnest($1::text[]) WITH ORDINALITY AS u(x, i) ORDER BY i',
        [samples, text],
      )
      for (const [i, sample] of samples.entries()) {
        const got = [isFound(sample), native.test(sample), results[i]?.['r'] === 't']
        assert.equal(
          new Set(got).size,
          1,
          `[own, JavaScript, Postgres] ${got} of ${source} on ${JSON.stringify(sample)}`,
        )
      }
    }),
    { numRuns: RUNS, seed: 3 },
  )
  assert.ok(compared > RUNS / 3)
})
