import { platformProblems } from '@cloudbox/protocol/platform'
import type { Snapshot } from '@cloudbox/protocol/platform-replies'
import type { Environment } from '../../../kernel/caller.ts'
import type { CopyPlan } from '../../../kernel/copy-environment.ts'
import type { Database, Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, join, sql, type Sql } from '../../../kernel/sql.ts'
import { checkName } from '../names.ts'
import { closestName } from '../../../lib/closest-name.ts'

/** A snapshot that is whole, with the schema it is in. */
export interface StoredSnapshot extends Snapshot {
  readonly id: string
  readonly schema: string
}

/** What a restore keeps of what was there before; the next one replaces it. */
export const automaticName = 'before-restore'

/** @throws Problem `platform/invalid-name` */
export function checkSnapshotName(name: string): void {
  checkName('snapshot', name)
  if (name === automaticName)
    throw new Problem(
      platformProblems['invalid-name'],
      `"${name}" is the name of the snapshot a restore makes.`,
    )
}

/** Everything, as it is. */
export const wholePlan: CopyPlan = { data: 'all', secrets: true, isSnapshot: true }

const columns = sql`id, name, schema_name as schema, is_automatic as "isAutomatic", bytes::float8 as bytes,
  to_char(made_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "madeAt", left_out::text as "leftOut"`

export async function listSnapshots(
  db: Queryable,
  environmentId: string,
  which: Sql = sql`true`,
): Promise<StoredSnapshot[]> {
  const rows = await db.query<Omit<StoredSnapshot, 'leftOut'> & { leftOut: string }>(sql`
    select ${columns} from cloudbox.platform_snapshots
    where environment_id = ${environmentId} and state = 'ready' and ${which} order by made_at desc, name`)
  return rows.map(row => ({ ...row, leftOut: JSON.parse(row.leftOut) as string[] }))
}

/** @throws Problem `platform/not-found` */
export async function findSnapshot(
  db: Queryable,
  { id: environmentId, project, name: environment }: Environment,
  name: string,
): Promise<StoredSnapshot> {
  const all = await listSnapshots(db, environmentId)
  const found = all.find(snapshot => snapshot.name === name)
  if (found !== undefined) return found
  const near = closestName(
    name,
    all.map(snapshot => snapshot.name),
  )
  throw new Problem(
    platformProblems['not-found'],
    `${project}/${environment} has no snapshot ${name}.`,
    near === undefined ? {} : { hint: `Did you mean ${near}?` },
  )
}

export function showSnapshot({ name, madeAt, bytes, isAutomatic, leftOut }: StoredSnapshot): Snapshot {
  return { name, madeAt, bytes, isAutomatic, leftOut }
}

/**
 * The schema of an environment as a snapshot of it: what is below stands in for an environment when it is copied, and
 * nothing of the environment's own is found by its id.
 */
export function asEnvironment(
  environment: Environment,
  { id: snapshotId, schema }: Pick<StoredSnapshot, 'id' | 'schema'>,
): Environment {
  return { ...environment, id: snapshotId, schema }
}

/**
 * Makes the row and the schema of a snapshot, which is `making` until {@link finishSnapshot}.
 * @param name null for what is about to become the content of the environment
 * @throws Problem `platform/name-taken`
 */
export function beginSnapshot(
  db: Database,
  environment: Environment,
  name: string | null,
): Promise<Environment> {
  return db.transaction(async tx => {
    const [row] = await tx.query<{ id: string; schema: string }>(sql`
      with fresh as (select gen_random_uuid() as id)
      insert into cloudbox.platform_snapshots (id, environment_id, name, schema_name)
      select id, ${environment.id}, ${name}, 'snapshot_' || replace(id::text, '-', '') from fresh
      on conflict (environment_id, name) do nothing returning id, schema_name as schema`)
    if (row === undefined)
      throw new Problem(
        platformProblems['name-taken'],
        `${environment.project}/${environment.name} has a snapshot ${name} already.`,
        { hint: 'Take another name, or remove that one first.' },
      )
    await tx.script(`create schema ${id(row.schema).parts[0]}`)
    return asEnvironment(environment, row)
  })
}

/** The snapshot is whole: it may be restored. */
export async function finishSnapshot(
  tx: Tx,
  snapshotId: string,
  leftOut: readonly string[],
): Promise<StoredSnapshot> {
  const [row] = await tx.query<{ environment: string }>(sql`
    update cloudbox.platform_snapshots set state = 'ready', left_out = ${JSON.stringify(leftOut)}::json,
      bytes = (select sum(pg_total_relation_size(oid)) from pg_class
        where relnamespace = to_regnamespace(quote_ident(schema_name)) and relkind in ('r', 'm'))
    where id = ${snapshotId} returning environment_id as environment`)
  const [snapshot] = await listSnapshots(tx, row!.environment, sql`id = ${snapshotId}`)
  return snapshot!
}

/** Removes snapshots with what is in them, whole or not. */
export async function dropStoredSnapshots(tx: Tx, which: Sql): Promise<void> {
  const rows = await tx.query<{ schema: string }>(sql`
    delete from cloudbox.platform_snapshots where ${which} returning schema_name as schema`)
  if (rows.length === 0) return
  const schemas = rows.map(({ schema }) => schema)
  await tx.script(`drop schema if exists ${schemas.map(schema => id(schema).parts[0]).join(', ')} cascade`)
  await tx.query(
    sql`delete from cloudbox.migrations where schema in (${join(schemas.map(schema => sql`${schema}`))})`,
  )
}

/** An environment goes for good: so do its snapshots. */
export function dropSnapshots(tx: Tx, environmentId: string): Promise<void> {
  return dropStoredSnapshots(tx, sql`environment_id = ${environmentId}`)
}

/** Removes what a crash left half made. Only where nobody makes snapshots at the same time: at the start. */
export function discardUnfinishedSnapshots(db: Database): Promise<void> {
  return db.transaction(tx => dropStoredSnapshots(tx, sql`state = 'making'`))
}
