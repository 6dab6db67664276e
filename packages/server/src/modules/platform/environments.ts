import { platformProblems } from '@cloudbox/protocol/platform'
import { defineEvent } from '../../kernel/events.ts'
import type { Database } from '../../kernel/db.ts'
import { Problem } from '../../kernel/problem.ts'
import { id, sql } from '../../kernel/sql.ts'
import { hashKey, makeKey, type KeyKind } from './keys.ts'
import { checkName, schemaName } from './names.ts'

/** Environments or keys were added, changed or removed. */
export const environmentsChanged = defineEvent<{ environmentId: string }>('platform.environments-changed')

export interface NewEnvironment {
  readonly organisation: string
  readonly project: string
  readonly name: string
  readonly dev: boolean
}

/** Makes an environment with its schema and role (and its project and organisation, if missing). Answers its id. */
export async function createEnvironment(db: Database, wanted: NewEnvironment): Promise<string> {
  checkName('project', wanted.project)
  checkName('environment', wanted.name)
  const schema = schemaName(wanted.project, wanted.name)
  return db.transaction(async tx => {
    const [{ id: organisationId } = {}] = await tx.query<{ id: string }>(sql`
      insert into cloudbox.platform_organisations (name) values (${wanted.organisation})
      on conflict (name) do update set name = excluded.name returning id`)
    const [{ id: projectId } = {}] = await tx.query<{ id: string }>(sql`
      insert into cloudbox.platform_projects (organisation_id, name) values (${organisationId}, ${wanted.project})
      on conflict (name) do update set name = excluded.name returning id`)
    // Roles belong to the whole cluster, so the role's name must not depend on names that repeat in other databases.
    const [made] = await tx.query<{ id: string; role: string }>(sql`
      insert into cloudbox.platform_environments (project_id, name, schema_name, role_name, is_dev)
      values (${projectId}, ${wanted.name}, ${schema}, ${`${schema.slice(0, 40)}_`} || substr(gen_random_uuid()::text, 1, 8), ${wanted.dev})
      on conflict do nothing returning id, role_name as role`)
    if (made === undefined) {
      throw new Problem(
        platformProblems['name-taken'],
        `${wanted.project} has an environment ${wanted.name} already.`,
      )
    }
    const role = id(made.role).parts[0]!
    await tx.script(
      `create schema ${id(schema).parts[0]!}; create role ${role} nologin; grant usage on schema ${id(schema).parts[0]!} to ${role}`,
    )
    await tx.emit(environmentsChanged, { environmentId: made.id })
    return made.id
  })
}

/** Makes a key and answers it: the only time a secret key is seen. */
export async function createKey(db: Database, environmentId: string, kind: KeyKind): Promise<string> {
  const key = makeKey(kind)
  await db.transaction(async tx => {
    await tx.query(sql`
      insert into cloudbox.platform_keys (environment_id, kind, hash, publishable_value)
      values (${environmentId}, ${kind}, ${hashKey(key)}, ${kind === 'publishable' ? key : null})`)
    await tx.emit(environmentsChanged, { environmentId })
  })
  return key
}

/** The oldest publishable key of an environment, if it has one. */
export async function publishableKey(db: Database, environmentId: string): Promise<string | undefined> {
  const [row] = await db.query<{ key: string }>(sql`
    select publishable_value as key from cloudbox.platform_keys
    where environment_id = ${environmentId} and kind = 'publishable' order by created_at limit 1`)
  return row?.key
}
