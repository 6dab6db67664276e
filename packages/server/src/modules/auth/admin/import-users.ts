import type { NewUser, UserImportReply } from '@cloudbox/protocol/auth-admin'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { audit } from '../audit.ts'
import type { Flow } from '../flows/flow.ts'
import { checkForeignHash } from '../passwords/check-foreign-hash.ts'
import { userJson } from '../users/user-row.ts'
import { insertUser } from './users.ts'

/** Undoes what one user left behind, and nothing of the others. */
class Refused extends Error {}

/**
 * Takes users over from another system, each wholly or not at all; their passwords stay what they are. Doing it twice is
 * harmless: who is there already is refused.
 */
export async function importUsers(
  { deps, accounts, visitor }: Flow,
  users: readonly NewUser[],
): Promise<UserImportReply> {
  const { environment } = accounts
  const refused: { at: string; message: string }[] = []
  for (const [i, user] of users.entries()) {
    const mistake = mistakeOf(user, i)
    if (mistake !== undefined) {
      refused.push(mistake)
      continue
    }
    const hash = user.password === undefined ? user.passwordHash : await deps.hasher.hash(user.password)
    try {
      await deps.db.transaction(async tx => {
        if ((await insertUser(tx, environment.schema, user, hash)) === undefined) throw new Refused()
      })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refused.push({ at: `/users/${i}`, message: 'its id, address, phone or an identity is taken' })
    }
  }
  const imported = users.length - refused.length
  await audit(deps.db, environment, {
    action: 'users.imported',
    userId: undefined,
    actor: 'secret-key',
    ip: visitor.ip,
    details: { imported, refused: refused.length },
  })
  return { imported, refused }
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
