import { createHmac, randomInt, timingSafeEqual } from 'node:crypto'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { countAttempt, forgetFailures } from '../abuse/lock-out.ts'
import type { Accounts } from '../accounts.ts'
import type { Flow } from '../flows/flow.ts'
import { linkInvalid } from '../flows/prove-email.ts'

/** How long a code is good. */
export const codeLifeSeconds = 600
/** Of a million codes: five tries. */
const attempts = 5

/** What a code is for, and for whom. */
export interface CodeOf {
  readonly purpose: 'email-code' | 'phone-code' | 'phone-change'
  /** The address it is sent to, and whatever else it must not be used for. */
  readonly address: string
}

/** A code that was right. */
export interface RightCode {
  /** Whose it was when it was made; undefined: nobody's yet. */
  readonly userId: string | undefined
  /** Takes it, with what it does: once. @throws Problem `auth/link-invalid` */
  take(tx: Tx): Promise<void>
}

/** Makes six digits. New ones take the place of those before. */
export async function makeCode(
  db: Queryable,
  accounts: Accounts,
  of: CodeOf,
  userId: string | undefined,
): Promise<string> {
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const data = { code: hashCode(accounts, of, code) }
  await db.query(sql`
    insert into ${id(accounts.environment.schema, 'auth_one_time_tokens')}
      (hash, purpose, user_id, data, attempts_left, expires_at)
    values (${placeOf(accounts, of)}, ${of.purpose}, ${userId ?? null}::uuid, ${JSON.stringify(data)}, ${attempts},
      now() + make_interval(secs => ${codeLifeSeconds}))
    on conflict (hash) do update set user_id = excluded.user_id, data = excluded.data,
      attempts_left = excluded.attempts_left, expires_at = excluded.expires_at`)
  return code
}

/** Checks a code that was typed in. @throws Problem `auth/link-invalid`, `auth/locked-out` */
export async function checkCode(flow: Flow, of: CodeOf, typed: string): Promise<RightCode> {
  const { deps, accounts, guard } = flow
  // Over all codes: with a new one for every five guesses there would be no end of them.
  const account = `${of.purpose} ${of.address}`
  await countAttempt(guard, account)
  const table = id(accounts.environment.schema, 'auth_one_time_tokens')
  const hash = placeOf(accounts, of)
  // Counted at once and for good: a try that fails must not be undone with its transaction.
  const [row] = await deps.db.query<{ user_id: string | null; code: string }>(sql`
    update ${table} set attempts_left = attempts_left - 1
    where hash = ${hash} and attempts_left > 0 and expires_at > now() returning user_id, data ->> 'code' as code`)
  const given = Buffer.from(hashCode(accounts, of, typed))
  if (row === undefined || !timingSafeEqual(Buffer.from(row.code), given)) throw linkInvalid()
  await forgetFailures(guard, account)
  return {
    userId: row.user_id ?? undefined,
    take: async tx => {
      // The very code that was looked at: a newer one may have taken its place.
      const taken = await tx.query(
        sql`delete from ${table} where hash = ${hash} and data ->> 'code' = ${row.code} returning hash`,
      )
      if (taken.length === 0) throw linkInvalid()
    },
  }
}

/** One row per address, found without the code. */
function placeOf({ refreshKey }: Accounts, { purpose, address }: CodeOf): Buffer {
  return createHmac('sha256', refreshKey).update(`${purpose} ${address}`).digest()
}

/** A million codes are hashed in a second: without the key, which is not in the database, that is of no use. */
function hashCode({ refreshKey }: Accounts, { purpose, address }: CodeOf, code: string): string {
  return createHmac('sha256', refreshKey).update(`${purpose} ${address} ${code}`).digest('base64url')
}
