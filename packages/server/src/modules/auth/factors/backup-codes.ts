import { createHmac, randomBytes } from 'node:crypto'
import { authProblems, type SessionReply } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import { id, join, sql } from '../../../kernel/sql.ts'
import { countAttempt, forgetFailures } from '../abuse/lock-out.ts'
import type { Accounts } from '../accounts.ts'
import type { Flow, SignedIn } from '../flows/flow.ts'
import { base32 } from './base32.ts'
import { hasFactor, holdUser, needSecondFactor, refuseImpersonated } from './need-second-factor.ts'
import { raiseSession } from './raise-session.ts'
import { tellFactorChanged } from './tell-factor-changed.ts'
import { wrongCode } from './totp-factors.ts'

const count = 10
/** 80 bits: sixteen letters and digits. */
const codeBytes = 10

/** Makes codes to keep on paper. They are shown once, and those of before are void. */
export async function makeBackupCodes(flow: Flow, self: SignedIn): Promise<string[]> {
  const { deps, accounts } = flow
  const { userId } = self
  const { schema } = accounts.environment
  refuseImpersonated(self)
  const codes = Array.from({ length: count }, () => base32(randomBytes(codeBytes)).toLowerCase())
  const table = id(schema, 'auth_backup_codes')
  await deps.db.transaction(async tx => {
    await holdUser(flow, tx, userId)
    await needSecondFactor(flow, tx, self)
    // Without a factor they would raise any session that made them.
    if (!(await hasFactor(schema, tx, userId)))
      throw new Problem(
        authProblems['factor-not-found'],
        'Backup codes stand in for a factor, and there is none.',
      )
    await tx.query(sql`delete from ${table} where user_id = ${userId}`)
    const rows = codes.map(code => sql`(${userId}::uuid, ${hashOf(accounts, userId, code)}::bytea)`)
    await tx.query(sql`insert into ${table} (user_id, hash) values ${join(rows)}`)
    await tellFactorChanged(flow, tx, { userId, factor: 'backup-codes', change: 'added' })
  })
  return codes.map(code => code.match(/.{4}/g)!.join('-'))
}

/**
 * Takes a backup code: the session is a stronger one from then on, and the code is void.
 * @throws Problem `auth/wrong-code`, `auth/locked-out`
 */
export async function verifyBackupCode(flow: Flow, self: SignedIn, typed: string): Promise<SessionReply> {
  const { deps, accounts, guard } = flow
  const { userId } = self
  refuseImpersonated(self)
  const code = typed.toLowerCase().replace(/[^a-z2-7]/g, '')
  const account = `backup-code ${userId}`
  await countAttempt(guard, account)
  const session = await deps.db.transaction(async tx => {
    await holdUser(flow, tx, userId)
    const taken = await tx.query(sql`
      delete from ${id(accounts.environment.schema, 'auth_backup_codes')}
      where user_id = ${userId} and hash = ${hashOf(accounts, userId, code)} returning user_id`)
    if (taken.length === 0) throw wrongCode()
    await tellFactorChanged(flow, tx, { userId, factor: 'backup-codes', change: 'removed' })
    return raiseSession(flow, tx, self, 'backup-code')
  })
  await forgetFailures(guard, account)
  return session
}

function hashOf({ refreshKey }: Accounts, userId: string, code: string): Buffer {
  return createHmac('sha256', refreshKey).update(`backup-code ${userId} ${code}`).digest()
}
