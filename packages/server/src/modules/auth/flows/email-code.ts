import { createHmac, randomInt, timingSafeEqual } from 'node:crypto'
import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { countAttempt, forgetFailures } from '../abuse/lock-out.ts'
import type { Accounts } from '../accounts.ts'
import { openSession } from '../sessions/open-session.ts'
import { normalEmail } from '../users/user-row.ts'
import { refuseUnless, type Flow } from './flow.ts'
import { findUser } from './mail-link.ts'
import { linkInvalid, proveEmail } from './prove-email.ts'

const lifeSeconds = 600
/** Of a million codes: five tries. */
const attempts = 5

interface CodeData {
  readonly code: string
  readonly email: string
}

/** Mails six digits that sign in. A new code replaces the one before. */
export async function sendEmailCode(flow: Flow, address: string, mayCreateUser: boolean): Promise<void> {
  const { deps, accounts, visitor } = flow
  refuseUnless(accounts, 'emailCode')
  const email = normalEmail(address)
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  await deps.db.transaction(async tx => {
    const user = await findUser(tx, flow, email)
    if (user === undefined && !mayCreateUser) return deps.mailer.pretend(tx, accounts.environment)
    await storeCode(tx, accounts, email, code, user?.id)
    await deps.mailer.enqueue(tx, accounts.environment, {
      to: email,
      kind: 'email-code',
      languages: [user?.locale, visitor.languages],
      variables: { code, expiresInSeconds: lifeSeconds },
    })
  })
}

/** Signs in with a code. @throws Problem `auth/link-invalid` */
export async function verifyEmailCode(flow: Flow, address: string, code: string): Promise<SessionReply> {
  const { deps, accounts, visitor, guard } = flow
  const email = normalEmail(address)
  // Over all codes: with a new one for every five guesses there would be no end of them.
  const account = `email-code ${email}`
  await countAttempt(guard, account)
  const table = id(accounts.environment.schema, 'auth_one_time_tokens')
  const hash = placeOf(accounts, email)
  // Counted at once and for good: a try that fails must not be undone with its transaction.
  const [row] = await deps.db.query<{ user_id: string | null; data: string }>(sql`
    update ${table} set attempts_left = attempts_left - 1
    where hash = ${hash} and attempts_left > 0 and expires_at > now() returning user_id, data::text as data`)
  const stored = row === undefined ? undefined : (JSON.parse(row.data) as CodeData)
  const given = Buffer.from(hashCode(accounts, email, code))
  if (stored === undefined || !timingSafeEqual(Buffer.from(stored.code), given)) throw linkInvalid()
  const { session, sessionIds } = await deps.db.transaction(async tx => {
    const taken = await tx.query(sql`delete from ${table} where hash = ${hash} returning hash`)
    if (taken.length === 0) throw linkInvalid()
    const proved = await proveEmail(flow, tx, row!.user_id ?? undefined, { email }, false)
    const opened = await openSession(
      tx,
      accounts,
      { userId: proved.userId, methods: ['email-code'] },
      visitor,
    )
    return { session: opened, sessionIds: proved.sessionIds }
  })
  await forgetFailures(guard, account)
  if (sessionIds.length > 0) await deps.ended(accounts.environment, sessionIds)
  return session
}

async function storeCode(
  tx: Queryable,
  accounts: Accounts,
  email: string,
  code: string,
  userId: string | undefined,
): Promise<void> {
  const data: CodeData = { email, code: hashCode(accounts, email, code) }
  await tx.query(sql`
    insert into ${id(accounts.environment.schema, 'auth_one_time_tokens')}
      (hash, purpose, user_id, data, attempts_left, expires_at)
    values (${placeOf(accounts, email)}, 'email-code', ${userId ?? null}::uuid, ${JSON.stringify(data)}, ${attempts},
      now() + make_interval(secs => ${lifeSeconds}))
    on conflict (hash) do update set user_id = excluded.user_id, data = excluded.data,
      attempts_left = excluded.attempts_left, expires_at = excluded.expires_at`)
}

/** One row per address, found without the code. */
function placeOf({ refreshKey }: Accounts, email: string): Buffer {
  return createHmac('sha256', refreshKey).update(`email-code ${email}`).digest()
}

/** A million codes are hashed in a second: without the key, which is not in the database, that is of no use. */
function hashCode({ refreshKey }: Accounts, email: string, code: string): string {
  return createHmac('sha256', refreshKey).update(`email-code ${email} ${code}`).digest('base64url')
}
