import type { Migration, MigrationOperation } from '@cloudbox/protocol/schema'
import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'

/** A migration that was applied to an environment. */
export interface Applied extends Migration {
  readonly hash: string
  /**
   * What did it, in order: the id of a plan, or the number of an operation that is SQL. Null where nothing was done: it was
   * there already, or came with a copy of another environment.
   */
  readonly done: readonly (string | number)[] | null
  readonly state: 'applied' | 'running' | 'failed'
  /** The online change it goes on as. */
  readonly change: string | null
  readonly appliedAt: string
}

interface AppliedRow extends Record<string, unknown> {
  readonly name: string
  readonly parents: string
  readonly operations: string
  readonly hash: string
  readonly done: string | null
  readonly state: Applied['state']
  readonly change: string | null
  readonly appliedAt: string
}

/** All of an environment, in the order they were applied. */
export async function readApplied(db: Queryable, schema: string): Promise<Applied[]> {
  const rows = await db.query<AppliedRow>(sql`
    select name, parents, operations, hash, done, state, change, to_json(applied_at) #>> '{}' as "appliedAt"
    from ${id(schema, 'schema_migrations')} order by number`)
  return rows.map(({ parents, operations, done, ...row }) => ({
    ...row,
    parents: JSON.parse(parents) as string[],
    operations: JSON.parse(operations) as MigrationOperation[],
    done: done === null ? null : (JSON.parse(done) as (string | number)[]),
  }))
}

export async function noteApplied(
  tx: Queryable,
  schema: string,
  migration: Pick<Applied, 'name' | 'parents' | 'operations' | 'hash' | 'done'>,
): Promise<void> {
  const { name, parents, operations, hash, done } = migration
  await tx.query(sql`
    insert into ${id(schema, 'schema_migrations')} (name, parents, operations, hash, done)
    values (${name}, ${JSON.stringify(parents)}, ${JSON.stringify(operations)}, ${hash},
      ${done === null ? null : JSON.stringify(done)}::json)`)
}

export async function forgetApplied(tx: Queryable, schema: string, name: string): Promise<void> {
  await tx.query(sql`delete from ${id(schema, 'schema_migrations')} where name = ${name}`)
}
