import type { Migration, MigrationOperation } from '@cloudbox/protocol/schema'
import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'

/** A migration that was applied to an environment. */
export interface Applied extends Migration {
  readonly hash: string
  /** Plans it was carried out by, in order. */
  readonly plans: readonly string[]
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
  readonly plans: string
  readonly state: Applied['state']
  readonly change: string | null
  readonly appliedAt: string
}

/** All of an environment, in the order they were applied. */
export async function readApplied(db: Queryable, schema: string): Promise<Applied[]> {
  const rows = await db.query<AppliedRow>(sql`
    select name, parents, operations, hash, plans, state, change, to_json(applied_at) #>> '{}' as "appliedAt"
    from ${id(schema, 'schema_migrations')} order by number`)
  return rows.map(({ parents, operations, plans, ...row }) => ({
    ...row,
    parents: JSON.parse(parents) as string[],
    operations: JSON.parse(operations) as MigrationOperation[],
    plans: JSON.parse(plans) as string[],
  }))
}

export type NewApplied = Pick<Applied, 'name' | 'parents' | 'operations' | 'hash' | 'plans'>

export async function noteApplied(tx: Queryable, schema: string, migration: NewApplied): Promise<void> {
  const { name, parents, operations, hash, plans } = migration
  await tx.query(sql`
    insert into ${id(schema, 'schema_migrations')} (name, parents, operations, hash, plans)
    values (${name}, ${JSON.stringify(parents)}, ${JSON.stringify(operations)}, ${hash}, ${JSON.stringify(plans)})`)
}

export async function forgetApplied(tx: Queryable, schema: string, name: string): Promise<void> {
  await tx.query(sql`delete from ${id(schema, 'schema_migrations')} where name = ${name}`)
}
