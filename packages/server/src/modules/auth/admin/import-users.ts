import type { NewUser, UserImportReply } from '@cloudbox/protocol/auth-admin'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { checkForeignHash } from '../passwords/check-foreign-hash.ts'
import { userJson } from '../users/user-row.ts'
import { auditAdmin, type AdminFlow } from './admin-flow.ts'
import { insertUser } from './users.ts'

/** A user whose password is hashed already. */
interface ReadyUser {
  readonly at: string
  readonly user: NewUser
  readonly hash: string | undefined
}

/**
 * Takes users over from another system, each wholly or not at all; their passwords stay what they are. Doing it twice is
 * harmless: who is there already is refused.
 */
export async function importUsers(flow: AdminFlow, users: readonly NewUser[]): Promise<UserImportReply> {
  const { deps, accounts } = flow
  const refused: { at: string; message: string }[] = []
  const ready: ReadyUser[] = []
  // Hashing takes its time: the transaction comes after it.
  for (const [i, user] of users.entries()) {
    const mistake = mistakeOf(user, i)
    if (mistake !== undefined) refused.push(mistake)
    else {
      const hash = user.password === undefined ? user.passwordHash : await deps.hasher.hash(user.password)
      ready.push({ at: `/users/${i}`, user, hash })
    }
  }
  const ids: string[] = []
  await deps.db.transaction(async tx => {
    const { schema } = accounts.environment
    // Two imports of the same users in another order would wait for each other.
    await tx.query(sql`select pg_advisory_xact_lock(hashtextextended(${`cloudbox import ${schema}`}, 0))`)
    for (const { at, user, hash } of ready) {
      const userId = await insertWhole(tx, schema, user, hash)
      if (userId !== undefined) ids.push(userId)
      else refused.push({ at, message: 'its id, address, phone or an identity is taken' })
    }
    if (ids.length === 0) return
    const details = { imported: ids.length, refused: refused.length }
    await auditAdmin(flow, tx, { action: 'users.imported', details, after: { ...details, ids } })
  })
  const index = ({ at }: { at: string }) => Number(at.split('/')[2])
  refused.sort((one, other) => index(one) - index(other))
  return { imported: ids.length, refused }
}

/** Writes a user with all that belongs to him, or nothing; what the transaction wrote before stays. */
async function insertWhole(
  tx: Tx,
  schema: string,
  user: NewUser,
  hash: string | undefined,
): Promise<string | undefined> {
  await tx.script('savepoint one_user')
  const userId = await insertUser(tx, schema, user, hash)
  if (userId === undefined) await tx.script('rollback to savepoint one_user')
  await tx.script('release savepoint one_user')
  return userId
}

function mistakeOf({ passwordHash }: NewUser, i: number): { at: string; message: string } | undefined {
  if (passwordHash === undefined) return undefined
  try {
    checkForeignHash(passwordHash, `/users/${i}/passwordHash`)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.errors?.[0] ?? { at: `/users/${i}/passwordHash`, message: error.message }
  }
  return undefined
}

const pageSize = 500

/** All users as lines of JSON, in the shape of an import, with the hashes of their passwords; in flat memory. */
export async function* exportUsers(db: Queryable, schema: string): AsyncGenerator<string> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await db.query<{ id: string; line: string }>(sql`
      select u.id, (${userJson}::jsonb || jsonb_strip_nulls(jsonb_build_object('passwordHash', p.hash, 'identities',
        (select jsonb_agg(jsonb_build_object('provider', i.provider, 'subject', i.subject))
         from ${id(schema, 'auth_identities')} i where i.user_id = u.id))))::text as line
      from ${id(schema, 'users')} u left join ${id(schema, 'auth_passwords')} p on p.user_id = u.id
      where u.id > ${after} order by u.id limit ${pageSize}`)
    if (rows.length === 0) return
    yield rows.map(row => `${toImport(row.line)}\n`).join('')
    after = rows.at(-1)!.id
  }
}

function toImport(line: string): string {
  const {
    created_at: createdAt,
    updated_at: _updated,
    lastSignInAt: _seen,
    ...user
  } = JSON.parse(line) as Record<string, unknown>
  return JSON.stringify({ ...user, createdAt: new Date(createdAt as string).toISOString() })
}
