import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { sql } from '../../../kernel/sql.ts'
import { sweep } from './sweep.ts'
import { takeToken, type Bucket } from './take-token.ts'
import { testGuard } from './testing/test-guard.ts'

const guard = await testGuard({ after })
let subjects = 0
const fresh = (bucket: Partial<Bucket> = {}): Bucket => ({
  name: 'sign-in:ip',
  subject: `subject ${++subjects}`,
  perMinute: 60,
  burst: 3,
  ...bucket,
})

/** Whether it got through. */
const got = (buckets: Bucket[], of = guard) =>
  takeToken(of, buckets).then(
    () => true,
    (problem: { code: string }) => {
      assert.equal(problem.code, 'auth/too-many-requests')
      return false
    },
  )

/** Sixty at once: they all meet at rows that are locked, and are let go together. */
async function atOnce(ask: () => Promise<boolean>): Promise<boolean[]> {
  let answers: Promise<boolean[]> | undefined
  await guard.db.transaction(async tx => {
    await tx.query(sql`select key from shop__dev.auth_rate_limits for update`)
    answers = Promise.all(Array.from({ length: 60 }, ask))
    for (let waiting = 0; waiting < 5;) {
      // Within a transaction the view stands still otherwise.
      await tx.query(sql`select pg_stat_clear_snapshot()`)
      const [row] = await tx.query(sql`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`)
      waiting = Number(row!.waiting)
    }
  })
  return answers!
}

test('a bucket lets its burst through, then refuses until a token has come back', async () => {
  const bucket = fresh({ perMinute: 15 })
  assert.deepEqual(await takeToken(guard, [bucket]), {
    'ratelimit-limit': '3',
    'ratelimit-remaining': '2',
    'ratelimit-reset': '4',
    'ratelimit-policy': '"sign-in:ip";q=3;w=12',
    ratelimit: '"sign-in:ip";r=2;t=4',
  })
  assert.equal(await got([bucket]), true)
  guard.pass(1)
  assert.equal((await takeToken(guard, [bucket]))['ratelimit-remaining'], '0')
  await assert.rejects(takeToken(guard, [bucket]), {
    code: 'auth/too-many-requests',
    headers: {
      'ratelimit-limit': '3',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '11',
      'ratelimit-policy': '"sign-in:ip";q=3;w=12',
      ratelimit: '"sign-in:ip";r=0;t=11',
      'retry-after': '3',
    },
  })
  guard.pass(2.9)
  assert.equal(await got([bucket]), false)
  guard.pass(0.1)
  assert.equal(await got([bucket]), true)
  assert.equal(await got([bucket]), false)
  guard.pass(3600)
  assert.equal((await takeToken(guard, [bucket]))['ratelimit-remaining'], '2')
})

test('when one bucket is empty nothing is taken from the others, and the headers are of the empty one', async () => {
  const attacker = fresh({ burst: 2 })
  const victim = fresh({ name: 'sign-in:account', burst: 4 })
  assert.equal(await got([attacker, victim]), true)
  assert.equal((await takeToken(guard, [attacker, victim]))['ratelimit-limit'], '2')
  for (let i = 0; i < 5; i++)
    await assert.rejects(takeToken(guard, [attacker, victim]), (problem: { headers: object }) => {
      assert.equal((problem.headers as Record<string, string>)['ratelimit-limit'], '2')
      return true
    })
  assert.equal((await takeToken(guard, [fresh({ burst: 9 }), victim]))['ratelimit-remaining'], '1')
})

test('nor when many ask at once: what is refused for one bucket costs the others nothing', async () => {
  const attacker = fresh({ burst: 4 })
  const victim = fresh({ name: 'sign-in:account', burst: 100 })
  await takeToken(guard, [attacker, victim])
  const answers = await atOnce(() => got([attacker, victim]))
  assert.equal(answers.filter(Boolean).length, 3)
  assert.equal((await takeToken(guard, [victim]))['ratelimit-remaining'], '95')
})

test('the same subject has a bucket for each thing that is limited, and addresses of one customer share one', async () => {
  const one = fresh({ subject: '2001:db8::1', burst: 1 })
  assert.equal(await got([one]), true)
  assert.equal(await got([{ ...one, subject: '2001:db8::2' }]), false)
  assert.equal(await got([{ ...one, subject: '2001:db8:0:1::2' }]), true)
  assert.equal(await got([{ ...one, name: 'sign-up:ip' }]), true)
})

test('no address is stored, only a keyed hash', async () => {
  await takeToken(guard, [fresh({ subject: '198.51.100.23' }), fresh({ subject: 'ann@example.com' })])
  const text = JSON.stringify(await guard.db.query(sql`select * from shop__dev.auth_rate_limits`))
  assert.doesNotMatch(text, /198\.51|ann@/)
})

test('a hundred first requests at once get the burst, and the bucket refills from there', async () => {
  const bucket = fresh({ burst: 5 })
  const answers = await Promise.all(Array.from({ length: 100 }, () => got([bucket])))
  assert.equal(answers.filter(Boolean).length, 5)
  guard.pass(2)
  assert.equal(await got([bucket]), true)
})

test('a clock that is behind another process neither refills twice nor sets the bucket back', async () => {
  const bucket = fresh({ burst: 2 })
  const behind = { ...guard, now: () => guard.now() - 60_000 }
  assert.deepEqual(
    [await got([bucket]), await got([bucket], behind), await got([bucket], behind), await got([bucket])],
    [true, true, false, false],
  )
  guard.pass(1)
  assert.equal(await got([bucket], behind), false)
  assert.equal(await got([bucket]), true)
})

test('a bucket never lets more through than its burst and what came back, however many ask at once', async () => {
  const step = fc.record({
    asking: fc.integer({ min: 1, max: 20 }),
    seconds: fc.integer({ min: 0, max: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.record({ perMinute: fc.integer({ min: 1, max: 120 }), burst: fc.integer({ min: 1, max: 8 }) }),
      fc.array(step, { minLength: 1, maxLength: 6 }),
      async (limit, steps) => {
        const shared = fresh({ ...limit, name: 'shared' })
        const startMs = guard.now()
        let through = 0
        for (const { asking, seconds } of steps) {
          // Others have buckets of their own beside it, named before or after it in the order of keys.
          const answers = await Promise.all(
            Array.from({ length: asking }, () => got([shared, fresh({ burst: 1 })])),
          )
          through += answers.filter(Boolean).length
          const cameBack = ((guard.now() - startMs) / 60_000) * limit.perMinute
          assert.ok(through <= limit.burst + cameBack + 1e-6, `${through} of ${limit.burst} + ${cameBack}`)
          guard.pass(seconds)
        }
        assert.ok(through >= 1)
      },
    ),
    { numRuns: 25 },
  )
})

test('buckets in any order by many at once do not block each other', async () => {
  const some = Array.from({ length: 4 }, () => fresh({ burst: 1000 }))
  const orders = fc.sample(fc.shuffledSubarray(some, { minLength: 2 }), 60)
  const answers = await Promise.all(orders.map(buckets => got(buckets)))
  assert.ok(answers.every(Boolean))
})

test('buckets that are full again are swept, a bounded number at once; others stay', async () => {
  guard.pass(86_400)
  await guard.db.query(sql`
    insert into shop__dev.auth_rate_limits
    select 'full ' || n, 1, now() - interval '20 years', now() - interval '20 years' from generate_series(1, 501) n`)
  const before = await guard.count('auth_rate_limits')
  await sweep(guard, 100)
  assert.equal(await guard.count('auth_rate_limits'), before - 500)
  for (let rest = before; rest > 500; rest -= 500) await sweep(guard, 100)
  assert.equal(await guard.count('auth_rate_limits'), 0)
  const slow = fresh({ perMinute: 1 })
  await takeToken(guard, [slow, fresh({ perMinute: 60 })])
  guard.pass(30)
  await sweep(guard, 100)
  assert.equal(await guard.count('auth_rate_limits'), 1)
  assert.equal((await takeToken(guard, [slow]))['ratelimit-remaining'], '1')
})
