import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Guard } from './guard.ts'
import { subjectKey } from './subject-key.ts'
import { forgetAfterHours } from './sweep.ts'

/** So many failures are free; from the n-th on an account is locked for 2ⁿ seconds. */
const freeFailures = 5
const longestSeconds = 900

/**
 * Counts an attempt on an account, known or unknown, before its password is looked at: as failed, until
 * {@link forgetFailures} says otherwise. Counted afterwards, a hundred guesses at once would all be looked at.
 * @param account what was typed, normalised: the e-mail address
 * @throws Problem `auth/locked-out` with `retry-after`
 */
export async function countAttempt(guard: Guard, account: string): Promise<void> {
  const now = sql`${new Date(guard.now()).toISOString()}::timestamptz`
  const isLocked = sql`lockout.locked_until > ${now}`
  const failures = sql`case when lockout.locked_until < ${now} - make_interval(hours => ${forgetAfterHours}::int)
    then 1 else lockout.failures + 1 end`
  const [row] = await guard.db.query<{ is_refused: boolean; locked_seconds: string }>(sql`
    insert into ${id(guard.environment.schema, 'auth_lockouts')} as lockout (key, failures, locked_until, is_refused)
    values (${subjectKey(guard.key, 'lock-out', account)}, 1, ${now}, false)
    on conflict (key) do update set
      failures = case when ${isLocked} then lockout.failures else ${failures} end,
      locked_until = case
        when ${isLocked} then lockout.locked_until
        when ${failures} < ${freeFailures}::int then ${now}
        else ${now} + make_interval(secs => least(${longestSeconds}::float8, 2 ^ least(${failures}, 30))) end,
      is_refused = ${isLocked}
    returning is_refused, extract(epoch from locked_until - ${now}) as locked_seconds`)
  if (row?.is_refused !== true) return
  const retryAfterSeconds = Math.max(1, Math.ceil(Number(row.locked_seconds)))
  throw new Problem(
    authProblems['locked-out'],
    `There were too many failed attempts; the next may come in ${retryAfterSeconds} s.`,
    { headers: { 'retry-after': String(retryAfterSeconds) } },
  )
}

/** After a success, or when a new password was set by a mailed link. */
export async function forgetFailures(guard: Guard, account: string): Promise<void> {
  await guard.db.query(sql`
    delete from ${id(guard.environment.schema, 'auth_lockouts')}
    where key = ${subjectKey(guard.key, 'lock-out', account)}`)
}
