import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { id, literal, sql } from '../../../kernel/sql.ts'
import { openSqlSession, type SqlSession } from '../../../kernel/sql-session.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { deskRoleOf, sqlRoleOf } from '../../platform/module.ts'
import { prepareRole } from './prepare-role.ts'

export interface DeskDeps {
  readonly db: Database
  readonly vault: Vault
}

/**
 * A connection as the role that SQL of an environment runs as. It logs in by itself, so that nothing in it leads back to
 * the platform; every process knows its password, which hangs on the master key.
 */
export async function openDesk({ db, vault }: DeskDeps, environment: Environment): Promise<SqlSession> {
  const desk = deskRoleOf(environment.role)
  const password = vault.derive(environment.id, 'sql-desk-v1').toString('base64url')
  const open = () => openSqlSession(db.connection, desk, password)
  const first = await open().catch((error: { code?: string }) => {
    // It cannot log in: there is none yet, or the master key is another.
    if (error.code?.startsWith('28')) return undefined
    throw error
  })
  if (first !== undefined && (await actsAs(first, sqlRoleOf(environment.role)))) return first
  await first?.close()
  await makeDesk(db, environment, password)
  return open()
}

async function actsAs(session: SqlSession, role: string): Promise<boolean> {
  const { rows } = await session.run('select current_user')
  return rows[0]![0] === role
}

async function makeDesk(db: Database, environment: Environment, password: string): Promise<void> {
  const [role, desk] = [sqlRoleOf(environment.role), deskRoleOf(environment.role)]
  const [quotedRole, quotedDesk] = [role, desk].map(name => id(name).parts[0])
  await db.transaction(async tx => {
    // Two requests may find at once that there is none.
    await tx.query(sql`select pg_advisory_xact_lock(hashtext(${desk}))`)
    await prepareRole(tx, environment)
    const [known] = await tx.query(sql`select from pg_catalog.pg_roles where rolname = ${desk}`)
    await tx.script(`
      ${known === undefined ? `create role ${quotedDesk} noinherit;` : ''}
      alter role ${quotedDesk} login password ${literal(password).parts[0]};
      grant ${quotedRole} to ${quotedDesk};
      alter role ${quotedDesk} set role = ${literal(role).parts[0]}`)
  })
}
