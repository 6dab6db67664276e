import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { raw } from '../../../kernel/sql.ts'
import { onlineEnvironment, type OnlineEnvironment } from '../testing/online-environment.ts'

/** What a writer does to one of its own documents. */
type Write =
  | { readonly do: 'set'; readonly value: number | null }
  | { readonly do: 'spoil' }
  | { readonly do: 'rename' }
  | { readonly do: 'remove' }
  | { readonly do: 'give-up'; readonly value: number }

const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('set'), value: fc.option(fc.integer({ min: -999, max: 999 })) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('spoil') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rename') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('give-up'), value: fc.integer({ min: 0, max: 99 }) }) },
) as fc.Arbitrary<Write>

/** Documents are few, so that writes meet each other; others only make the backfill take its time. */
const owned = 6
const others = 4000
const steps = fc.array(fc.record({ document: fc.nat(owned - 1), write, pauseMs: fc.nat(12) }), {
  minLength: 10,
  maxLength: 40,
})

test('whatever is written while a field changes, each document ends with the transform of its latest value', async t => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(steps, steps, steps), async plans => {
      const fill = `
        select 'w' || writer || '-' || n, n::text from generate_series(0, ${plans.length - 1}) writer, generate_series(0, ${owned - 1}) n
        union all select 'x' || n, n::text from generate_series(1, ${others}) n
        union all values ('held', 'no number')`
      const env = await onlineEnvironment(t, { fill })
      // What has no value keeps the change from its end, and so the field from becoming the new one under the writers.
      const change = await env.begin({ type: 'integer' }, { cel: 'int(doc.age) * 2 + 1' })
      let isWriting = true
      const running = (async () => {
        while (isWriting) {
          await env.runner.resume()
          await delay(1)
        }
      })()
      const wanted = await Promise.all(plans.map((plan, writer) => play(env, writer, plan)))
      isWriting = false
      await running
      await env.run(`update @people set age = '1' where name = 'held'`)
      const done = await env.until(change, ({ state }) => state === 'done' || state === 'failed')
      assert.equal(done.state, 'done', done.error ?? '')
      const rows = await env.run(`select name, age::text as age from @people where name ~ '^w' order by name`)
      const latest = wanted.flatMap(documents => [...documents]).toSorted(([a], [b]) => (a < b ? -1 : 1))
      assert.deepEqual(
        rows.map(({ name, age }) => [name, age]),
        latest.map(([name, value]) => [name, value === null ? null : String(value * 2 + 1)]),
      )
      const [rest] = await env.run(
        `select count(*)::text as wrong from @people where name ~ '^x' and age is distinct from substr(name, 2)::int * 2 + 1`,
      )
      assert.equal(rest!['wrong'], '0')
    }),
    { numRuns: 5 },
  )
})

/** One writer, a statement after the other. Answers the latest value of each document that is left. */
async function play(
  env: OnlineEnvironment,
  writer: number,
  plan: readonly { readonly document: number; readonly write: Write; readonly pauseMs: number }[],
): Promise<Map<string, number | null>> {
  const names = Array.from({ length: owned }, (_, n): string | undefined => `w${writer}-${n}`)
  const latest = new Map<string, number | null | 'spoilt'>(names.map((name, n) => [name!, n]))
  const table = `"${env.environment.schema}".people`
  const literal = (value: number | null) => (value === null ? 'null' : `'${value}'`)
  const update = (name: string, value: string) => `update ${table} set age = ${value} where name = '${name}'`
  for (const { document, write: one, pauseMs } of plan) {
    const name = names[document]
    await delay(pauseMs)
    if (name === undefined) continue
    if (one.do === 'set') {
      await env.db.query(raw(update(name, literal(one.value))))
      latest.set(name, one.value)
    } else if (one.do === 'spoil') {
      await env.db.query(raw(update(name, `'no number'`)))
      latest.set(name, 'spoilt')
    } else if (one.do === 'rename') {
      const renamed = `${name}r`
      await env.db.query(raw(`update ${table} set name = '${renamed}' where name = '${name}'`))
      latest.set(renamed, latest.get(name)!)
      latest.delete(name)
      names[document] = renamed
    } else if (one.do === 'remove') {
      await env.db.query(raw(`delete from ${table} where name = '${name}'`))
      latest.delete(name)
      names[document] = undefined
    } else {
      const gaveUp = new Error('gave up')
      const work = env.db.transaction(async tx => {
        await tx.query(raw(update(name, `'${one.value}'`)))
        await delay(pauseMs)
        throw gaveUp
      })
      await assert.rejects(work, gaveUp)
    }
  }
  // Spoilt ones would be held for ever: they are mended by writing them.
  for (const [name, value] of latest)
    if (value === 'spoilt') {
      await env.db.query(raw(update(name, `'7'`)))
      latest.set(name, 7)
    }
  return latest as Map<string, number | null>
}
