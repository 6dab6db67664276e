import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { PgFailure } from '../../../kernel/wire/pg-failure.ts'
import { sqlRoleOf } from '../../platform/module.ts'

const text = (name: string): string => id(name).parts[0]!

/** What the environment's own role may do with documents, this one may as well, past all policies. */
export async function prepareRole(tx: Tx, { schema, role: documents }: Environment): Promise<void> {
  const role = sqlRoleOf(documents)
  const [known] = await tx.query(sql`select from pg_catalog.pg_roles where rolname = ${role}`)
  if (known !== undefined) return
  const [self] = await tx.query<{ isSuper: boolean }>(
    sql`select rolsuper as "isSuper" from pg_catalog.pg_roles where rolname = current_user`,
  )
  await tx
    .script(
      `
      create role ${text(role)} nologin bypassrls;
      grant ${text(documents)} to ${text(role)};
      grant usage, create on schema ${text(schema)} to ${text(role)}
      ${self?.isSuper ? '' : `; grant ${text(role)} to current_user`}`,
    )
    .catch((error: unknown) => {
      if (!(error instanceof PgFailure) || error.code !== '42501') throw error
      throw new Problem(
        schemaProblems['sql-refused'],
        'The database lets this server make no role that sees all documents, which SQL of migrations needs.',
        {
          hint: 'Let an administrator run ALTER ROLE … BYPASSRLS for the role of this server.',
          cause: error,
        },
      )
    })
}
