import { platformProblems } from '@cloudbox/protocol/platform'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, literal, sql } from '../../../kernel/sql.ts'
import type { Made } from '../change.ts'
import { placeName, type Organisation, type PlacedEnvironment, type Project } from '../directory/directory.ts'
import { checkName, schemaName } from '../names.ts'
import { dropSnapshots } from '../snapshots/stored.ts'
import { deskRoleOf, sqlRoleOf } from './sql-role.ts'

export function showEnvironment(
  { environment, isArchived, state, createdAt }: PlacedEnvironment,
  parent: Environment | undefined,
) {
  const { project, name, dev, inert } = environment
  return { project, name, dev, inert, branchOf: parent?.name ?? null, isArchived, state, createdAt }
}

export interface NewEnvironment {
  readonly name: string
  readonly dev: boolean
  /** Of a branch: what it was made from. */
  readonly from?: Pick<Environment, 'id' | 'name'> | undefined
  /** Writes down, in the transaction it begins with, whose it is. */
  readonly claim?: ((tx: Tx, environmentId: string) => Promise<void>) | undefined
}

/**
 * Makes the row, the schema and the role of an environment, which is `making` until {@link finishEnvironment}.
 * @throws Problem `platform/name-taken`, `platform/quota-reached`
 */
export async function beginEnvironment(
  tx: Tx,
  { id: organisationId, name: organisation, settings }: Pick<Organisation, 'id' | 'name' | 'settings'>,
  project: Pick<Project, 'id' | 'name'>,
  { name, dev, from, claim }: NewEnvironment,
): Promise<Made<string>> {
  const { maxEnvironments } = settings
  if (maxEnvironments !== undefined) {
    const [row] = await tx.query<{ count: string }>(sql`
      select count(*) from cloudbox.platform_environments e
      join cloudbox.platform_projects p on p.id = e.project_id
      where p.organisation_id = ${organisationId} and e.state <> 'removed'`)
    if (Number(row!.count) >= maxEnvironments)
      throw new Problem(
        platformProblems['quota-reached'],
        `${organisation} may have ${maxEnvironments} environments.`,
      )
  }
  // The name may belong to one that was removed, or that has another address by now.
  const wanted = schemaName(project.name, name)
  const [made] = await tx.query<{ id: string; role: string; schema: string }>(sql`
    with fresh as (select substr(gen_random_uuid()::text, 1, 8) as mark)
    insert into cloudbox.platform_environments
      (project_id, name, schema_name, role_name, is_dev, is_inert, branched_from, state)
    select ${project.id}, ${name}, case when exists (
        select from cloudbox.platform_environments where schema_name = ${wanted}
      ) then ${wanted} || '_' || mark else ${wanted} end,
      ${`${wanted.slice(0, 40)}_`} || mark, ${dev}, ${from !== undefined}, ${from?.id ?? null}::uuid, 'making'
    from fresh
    on conflict do nothing returning id, role_name as role, schema_name as schema`)
  if (made === undefined)
    throw new Problem(platformProblems['name-taken'], `${project.name} has an environment ${name} already.`)
  await claim?.(tx, made.id)
  const schema = id(made.schema).parts[0]!
  const role = id(made.role).parts[0]!
  // Roles belong to the whole cluster, so the role's name must not depend on names that repeat in other databases.
  await tx.script(
    `create schema ${schema}; create role ${role} nologin; grant usage on schema ${schema} to ${role}`,
  )
  const after = { name, dev, ...(from === undefined ? {} : { branchOf: from.name }) }
  const place = placeName(project.name, name)
  return { answer: made.id, entries: [{ action: 'environment.created', place, subject: name, after }] }
}

/** The environment is whole: requests may use it. */
export async function finishEnvironment(tx: Tx, environmentId: string): Promise<void> {
  await tx.query(
    sql`update cloudbox.platform_environments set state = 'ready' where id = ${environmentId} and state = 'making'`,
  )
}

/** Removes one that never got ready, with everything in it. */
export async function discardEnvironment(tx: Tx, environmentId: string): Promise<void> {
  const [row] = await tx.query<{ schema: string; role: string }>(sql`
    delete from cloudbox.platform_environments where id = ${environmentId} and state = 'making'
    returning schema_name as schema, role_name as role`)
  if (row !== undefined) await dropStored(tx, row.schema, row.schema, row.role)
}

/** How long what was removed can be brought back. */
export const keptDays = 14

function removedSchema(environmentId: string): string {
  return `removed_${environmentId.replaceAll('-', '')}`
}

/**
 * Takes an environment away. Its schema is kept under another name, closed, until {@link keptDays} are over; direct
 * connections of its role end.
 */
export async function removeEnvironment(tx: Tx, { environment }: PlacedEnvironment): Promise<Made<null>> {
  const { project, name, schema, role, id: environmentId } = environment
  const [row] = await tx.query(sql`
    update cloudbox.platform_environments set state = 'removed', removed_at = now()
    where id = ${environmentId} and state = 'ready' returning id`)
  if (row === undefined) throw new Problem(platformProblems.busy, `${project}/${name} is not ready.`)
  // Requests under way have the table; whoever waits for them must not hold up everybody else.
  await tx.script(`set local lock_timeout = 5000`)
  await tx.script(
    `alter schema ${id(schema).parts[0]} rename to ${id(removedSchema(environmentId)).parts[0]}; alter role ${id(role).parts[0]} nologin`,
  )
  await tx.query(sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`)
  const place = placeName(project, name)
  return { answer: null, entries: [{ action: 'environment.removed', place, subject: name }] }
}

/** Brings an environment back under its name. @throws Problem `platform/name-taken` */
export async function restoreEnvironment(
  tx: Tx,
  removed: { readonly id: string; readonly project: string; readonly environment: string },
): Promise<Made<null>> {
  const { project, environment: name } = removed
  const [row] = await tx
    .query<{ schema: string }>(
      sql`
      update cloudbox.platform_environments set state = 'ready', removed_at = null
      where id = ${removed.id} and state = 'removed' returning schema_name as schema`,
    )
    .catch((error: unknown) => {
      if ((error as { code?: string }).code !== '23505') throw error
      throw new Problem(platformProblems['name-taken'], `${project} has an environment ${name} already.`, {
        hint: 'Rename that one first.',
      })
    })
  if (row !== undefined)
    await tx.script(
      `alter schema ${id(removedSchema(removed.id)).parts[0]} rename to ${id(row.schema).parts[0]}`,
    )
  const place = placeName(project, name)
  return { answer: null, entries: [{ action: 'environment.restored', place, subject: name }] }
}

/** Drops for good what nobody can bring back any more. */
export async function purgeRemoved(db: Database): Promise<void> {
  const due = await db.query<{ id: string }>(sql`
    select id from cloudbox.platform_environments
    where state = 'removed' and removed_at < now() - make_interval(days => ${keptDays})`)
  for (const { id: environmentId } of due) {
    await db.transaction(async tx => {
      await dropSnapshots(tx, environmentId)
      const [row] = await tx.query<{ schema: string; role: string }>(sql`
        delete from cloudbox.platform_environments where id = ${environmentId} and state = 'removed'
        returning schema_name as schema, role_name as role`)
      if (row !== undefined) await dropStored(tx, removedSchema(environmentId), row.schema, row.role)
    })
  }
  await db.query(sql`
    delete from cloudbox.platform_projects p
    where removed_at < now() - make_interval(days => ${keptDays})
      and not exists (select from cloudbox.platform_environments where project_id = p.id)`)
}

async function dropStored(tx: Tx, stored: string, schema: string, role: string): Promise<void> {
  await tx.script(`drop schema if exists ${id(stored).parts[0]} cascade`)
  for (const name of [deskRoleOf(role), sqlRoleOf(role), role])
    await tx.script(`do $do$ begin
      if exists (select from pg_roles where rolname = ${literal(name).parts[0]}) then
        execute format('drop owned by %I', ${literal(name).parts[0]});
        execute format('drop role %I', ${literal(name).parts[0]});
      end if;
    end $do$`)
  await tx.query(sql`delete from cloudbox.migrations where schema = ${schema}`)
}

export interface EnvironmentChange {
  readonly name?: string | undefined
  readonly dev?: boolean | undefined
  /** Of a branch: whether it tells nobody outside. */
  readonly inert?: boolean | undefined
  readonly isArchived?: boolean | undefined
}

/** Renames, opens, archives or restores an environment. Its schema keeps its name. */
export async function changeEnvironment(
  tx: Tx,
  before: PlacedEnvironment,
  change: EnvironmentChange,
): Promise<Made<null>> {
  const { project, name, dev, inert, id: environmentId } = before.environment
  const was = { name, dev, inert, isArchived: before.isArchived }
  const after = { ...was, ...JSON.parse(JSON.stringify(change)) } as typeof was
  if (after.name !== name) checkName('environment', after.name)
  const [taken] = await tx.query(sql`
    select from cloudbox.platform_environments
    where project_id = ${before.projectId} and name = ${after.name} and id <> ${environmentId} and state <> 'removed'`)
  if (taken !== undefined)
    throw new Problem(platformProblems['name-taken'], `${project} has an environment ${after.name} already.`)
  await tx.query(sql`
    update cloudbox.platform_environments set name = ${after.name}, is_dev = ${after.dev}, is_inert = ${after.inert},
      archived_at = case when ${after.isArchived} then coalesce(archived_at, now()) end
    where id = ${environmentId}`)
  const action =
    after.isArchived === was.isArchived
      ? 'environment.changed'
      : after.isArchived
        ? 'environment.archived'
        : 'environment.restored'
  const place = placeName(project, name)
  return { answer: null, entries: [{ action, place, subject: name, before: was, after }] }
}
