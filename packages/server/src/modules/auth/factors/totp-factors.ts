import { randomBytes, randomUUID } from 'node:crypto'
import { authProblems, type SessionReply } from '@cloudbox/protocol/auth'
import type { Factor, NewFactor, NewFactorReply } from '@cloudbox/protocol/auth-factors'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { countAttempt, forgetFailures } from '../abuse/lock-out.ts'
import { findSelf } from '../flows/find-self.ts'
import type { Flow, SignedIn } from '../flows/flow.ts'
import { base32 } from './base32.ts'
import { needFreshProof } from './need-fresh-proof.ts'
import { holdUser, needSecondFactor, refuseImpersonated } from './need-second-factor.ts'
import { raiseSession } from './raise-session.ts'
import { tellFactorChanged } from './tell-factor-changed.ts'
import { findStep, totpSecretBytes, totpUri } from './totp.ts'

const mostFactors = 10
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Gives a secret for an authenticator app. It counts once a code of it was right; a newer one takes its place until then. */
export async function addTotp(flow: Flow, self: SignedIn, { name }: NewFactor): Promise<NewFactorReply> {
  const { deps, accounts } = flow
  const { environment, settings } = accounts
  refuseImpersonated(self)
  const { email, phone, name: ownName } = await findSelf(flow, self)
  const secret = randomBytes(totpSecretBytes)
  const factorId = randomUUID()
  const sealed = deps.vault.seal(environment.id, labelOf(factorId), secret)
  const factors = id(environment.schema, 'auth_factors')
  await deps.db.transaction(async tx => {
    await holdUser(flow, tx, self.userId)
    await needSecondFactor(flow, tx, self)
    await needFreshProof(flow, tx, self)
    await tx.query(sql`delete from ${factors} where user_id = ${self.userId} and confirmed_at is null`)
    const known = await tx.query(sql`select from ${factors} where user_id = ${self.userId}`)
    if (known.length >= mostFactors)
      throw new Problem(authProblems['too-many-factors'], `An account has ${mostFactors} factors at most.`)
    await tx.query(sql`
      insert into ${factors} (id, user_id, kind, name, secret)
      values (${factorId}, ${self.userId}, 'totp', ${name ?? null}, ${sealed})`)
  })
  const shown = base32(secret)
  const issuer = settings.appName || environment.project
  return {
    id: factorId,
    secret: shown,
    uri: totpUri(shown, issuer, email ?? phone ?? ownName ?? self.userId),
  }
}

/**
 * Takes a code of an app: the session is a stronger one from then on. The first right code confirms the factor.
 * @throws Problem `auth/wrong-code`, also for a code that was used; `auth/locked-out`
 */
export async function verifyTotp(
  flow: Flow,
  self: SignedIn,
  factorId: string,
  code: string,
): Promise<SessionReply> {
  const { deps, accounts, guard } = flow
  const { environment } = accounts
  const { schema } = environment
  refuseImpersonated(self)
  const { secret } = await findFactor(deps.db, schema, self.userId, factorId)
  // All of a user's apps together: ten factors must not give ten times the guesses.
  const account = `totp ${self.userId}`
  await countAttempt(guard, account)
  const opened = deps.vault.open(environment.id, labelOf(factorId), Buffer.from(secret, 'hex'))
  const step = findStep(opened, code, guard.now())
  if (step === undefined) throw wrongCode()
  const session = await deps.db.transaction(async tx => {
    await holdUser(flow, tx, self.userId)
    const { isConfirmed } = await findFactor(tx, schema, self.userId, factorId)
    // A secret from before another factor counted: whoever has only the password may have made it.
    if (!isConfirmed) await needSecondFactor(flow, tx, self)
    const taken = await tx.query(sql`
      update ${id(schema, 'auth_factors')} set last_step = ${step}, last_used_at = now(),
        confirmed_at = coalesce(confirmed_at, now())
      where id = ${factorId} and last_step < ${step} returning id`)
    if (taken.length === 0) throw wrongCode()
    if (!isConfirmed)
      await tellFactorChanged(flow, tx, {
        userId: self.userId,
        factor: 'authenticator',
        change: 'added',
        details: { factorId },
      })
    return raiseSession(flow, tx, self, 'totp')
  })
  await forgetFailures(guard, account)
  return session
}

/** The factors of a user, the oldest first. */
export async function listFactors(
  { deps, accounts }: Flow,
  { userId }: Pick<SignedIn, 'userId'>,
): Promise<Factor[]> {
  const rows = await deps.db.query<{ factor: string }>(sql`
    select json_build_object('id', id, 'kind', kind, 'name', name, 'verified', confirmed_at is not null,
      'createdAt', created_at, 'lastUsedAt', last_used_at)::text as factor
    from ${id(accounts.environment.schema, 'auth_factors')} where user_id = ${userId} order by created_at, id`)
  return rows.map(row => {
    const factor = JSON.parse(row.factor) as Factor
    const { createdAt, lastUsedAt } = factor
    return {
      ...factor,
      createdAt: new Date(createdAt).toISOString(),
      lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
    }
  })
}

/** Removes a factor; with the last one go the backup codes. */
export async function removeFactor(flow: Flow, self: SignedIn, factorId: string): Promise<void> {
  const { deps, accounts } = flow
  const { schema } = accounts.environment
  const { userId } = self
  refuseImpersonated(self)
  await deps.db.transaction(async tx => {
    await holdUser(flow, tx, userId)
    const { isConfirmed } = await findFactor(tx, schema, userId, factorId)
    await needSecondFactor(flow, tx, self)
    await tx.query(sql`delete from ${id(schema, 'auth_factors')} where id = ${factorId}`)
    await tx.query(sql`
      delete from ${id(schema, 'auth_backup_codes')} where user_id = ${userId} and not exists (
        select from ${id(schema, 'auth_factors')} where user_id = ${userId} and confirmed_at is not null)`)
    if (isConfirmed)
      await tellFactorChanged(flow, tx, {
        userId,
        factor: 'authenticator',
        change: 'removed',
        details: { factorId },
      })
  })
}

interface StoredFactor {
  readonly secret: string
  readonly isConfirmed: boolean
}

async function findFactor(
  db: Queryable,
  schema: string,
  userId: string,
  factorId: string,
): Promise<StoredFactor> {
  const [row] = uuid.test(factorId)
    ? await db.query<StoredFactor & Record<string, unknown>>(sql`
        select encode(secret, 'hex') as secret, confirmed_at is not null as "isConfirmed"
        from ${id(schema, 'auth_factors')} where id = ${factorId} and user_id = ${userId}`)
    : []
  if (row === undefined)
    throw new Problem(authProblems['factor-not-found'], 'No factor of yours has this id.')
  return row
}

/** One refusal for all: wrong, too old, used before. */
export function wrongCode(): Problem {
  return new Problem(authProblems['wrong-code'], 'The code is wrong, too old or was used before.')
}

function labelOf(factorId: string): string {
  return `totp ${factorId}`
}
