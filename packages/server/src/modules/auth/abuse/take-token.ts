import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Guard } from './guard.ts'
import { rateLimitHeaders, type BucketState } from './rate-limit-headers.ts'
import { subjectKey } from './subject-key.ts'
import { sweep } from './sweep.ts'

/** A token bucket: `burst` at once, then `perMinute`. */
export interface Bucket {
  /** What is limited, e.g. `sign-in:ip`. */
  readonly name: string
  /** Whose bucket it is: an IP address, an e-mail address … */
  readonly subject: string
  readonly perMinute: number
  readonly burst: number
}

/** One of so many calls sweeps. */
const callsPerSweep = 200

/**
 * Takes a token out of every bucket, or out of none when one of them is empty: who has used up his own must not empty
 * those of others.
 * @returns headers of the answer, of the bucket with the least in it
 * @throws Problem `auth/too-many-requests`, with the same headers and `retry-after`
 */
export async function takeToken(guard: Guard, buckets: readonly Bucket[]): Promise<Record<string, string>> {
  const { isTaken, states } = await take(guard, buckets)
  if (Math.random() * callsPerSweep < 1) await sweep(guard)
  const tightest = states.reduce((least, state) => (state.tokens < least.tokens ? state : least))
  if (isTaken) return rateLimitHeaders(tightest)
  const retryAfterSeconds = Math.max(
    1,
    ...states.map(({ tokens, perMinute }) => Math.ceil(((1 - tokens) / perMinute) * 60)),
  )
  throw new Problem(
    authProblems['too-many-requests'],
    `There were too many requests; the next may come in ${retryAfterSeconds} s.`,
    { headers: { ...rateLimitHeaders(tightest), 'retry-after': String(retryAfterSeconds) } },
  )
}

async function take({ db, environment, key, now }: Guard, buckets: readonly Bucket[]) {
  const byKey = new Map(
    buckets.map(bucket => [subjectKey(key, bucket.name, bucket.subject), bucket] as const),
  )
  const asked = [...byKey].map(([key, { perMinute, burst }]) => ({ key, rate: perMinute / 60, burst }))
  const at = new Date(now()).toISOString()
  const table = id(environment.schema, 'auth_rate_limits')
  // All rows that exist are locked first, in the order of their keys, so what is decided for all of them holds. Only a
  // row that somebody else inserts meanwhile can be emptier than it seemed: it then goes below zero, which refuses. A
  // clock of another process that is ahead refills once, not twice.
  const rows = await db.query<{ key: string; tokens: number | string; taken: number | string }>(sql`
    with asked as materialized (
      select key, rate, burst
      from json_to_recordset(${JSON.stringify(asked)}::json) as a(key text, rate float8, burst float8)
    ), held as materialized (
      select key, tokens, refilled_at from ${table}
      where key in (select key from asked) order by key for update
    ), full_or_less as materialized (
      select key, rate, burst, refilled_at,
        coalesce(least(burst, tokens + rate * greatest(0, extract(epoch from ${at}::timestamptz - refilled_at))), burst)
          as tokens
      from asked left join held using (key)
    ), verdict as materialized (
      select (min(tokens) >= 1)::int as taken from full_or_less
    )
    insert into ${table} as bucket (key, tokens, refilled_at, full_at)
    select key, tokens - taken, ${at}::timestamptz,
      ${at}::timestamptz + make_interval(secs => (burst - tokens + taken) / rate)
    from full_or_less, verdict order by key
    on conflict (key) do update set (tokens, refilled_at, full_at) = (
      select left_over, at, at + make_interval(secs => (burst - left_over) / rate)
      from asked, verdict,
        greatest(bucket.refilled_at, ${at}::timestamptz) as at,
        greatest(-1, least(burst, bucket.tokens + rate * extract(epoch from at - bucket.refilled_at)) - taken)
          as left_over
      where asked.key = excluded.key
    )
    returning key, tokens, (select taken from verdict) as taken`)
  const states = rows.map((row): BucketState => {
    const { name, perMinute, burst } = byKey.get(row.key)!
    return { name, perMinute, burst, tokens: Number(row.tokens) }
  })
  return { isTaken: rows.every(row => Number(row.taken) === 1 && Number(row.tokens) >= 0), states }
}
