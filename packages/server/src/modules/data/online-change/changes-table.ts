import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { defineEvent } from '../../../kernel/events.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, join, sql, type Sql } from '../../../kernel/sql.ts'
import { openStates, readChanges, type OnlineChange } from './online-change.ts'

/** An online change has begun, or somebody has decided about it: whoever runs changes looks at it. */
export const onlineChangeMoved = defineEvent<{ readonly environmentId: string; readonly change: string }>(
  'data.online-change-moved',
)

/** @throws Problem `schema/unknown-change` */
export async function findChange(
  db: Queryable,
  { schema }: Pick<Environment, 'schema'>,
  change: string,
): Promise<OnlineChange> {
  const [found] = await readChanges(db, schema, sql`c.id::text = ${change}`)
  if (found === undefined)
    throw new Problem(schemaProblems['unknown-change'], `There is no change ${change}.`)
  return found
}

/** Those that are not over. */
export function openChanges(db: Queryable, { schema }: Pick<Environment, 'schema'>): Promise<OnlineChange[]> {
  return readChanges(db, schema, sql`c.state = any (${[...openStates]}::text[])`)
}

/** Sets what is told, and answers whether the change was still one that `where` is true for. */
export async function updateChange(
  tx: Queryable,
  schema: string,
  change: string,
  set: readonly Sql[],
  where: Sql = sql`true`,
): Promise<boolean> {
  const rows = await tx.query(sql`
    update ${id(schema, 'data_online_changes')} set ${join(set)} where id = ${change}::bigint and ${where} returning id`)
  return rows.length > 0
}

/** Locks a change, so that it is what it is told to be until the transaction ends. */
export async function lockChange(tx: Tx, environment: Environment, change: string): Promise<OnlineChange> {
  await tx.query(sql`
    select from ${id(environment.schema, 'data_online_changes')} where id::text = ${change} for update`)
  return findChange(tx, environment, change)
}
