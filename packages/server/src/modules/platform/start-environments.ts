import type { Environment } from '../../kernel/caller.ts'
import { sql } from '../../kernel/sql.ts'
import { bySystem } from './audit/entry.ts'
import { makeChange } from './change.ts'
import type { PlatformDeps } from './deps.ts'
import { makeEnvironment } from './environments/make-environment.ts'
import { createKey, publishableKey } from './keys/keys.ts'
import { checkName } from './names.ts'
import { operatorEnvironment, operatorProject } from './operators/operators.ts'
import { hasOwner } from './operators/set-up.ts'

export interface WantedEnvironment {
  readonly organisation: string
  readonly project: string
  readonly name: string
  readonly dev: boolean
}

/** The environment of that name, made with everything it needs (and project and organisation) when there is none yet. */
export async function ensureEnvironment(deps: PlatformDeps, wanted: WantedEnvironment): Promise<Environment> {
  const known = deps.directory().usable(wanted.project, wanted.name)
  if (known !== undefined) {
    await deps.migrateEnvironment(known)
    return known
  }
  if (wanted.project !== operatorProject) checkName('project', wanted.project)
  await ensureProject(deps, wanted)
  const project = deps.directory().project(wanted.project)!
  return (await makeEnvironment(deps, project, wanted, bySystem)).environment
}

/**
 * The environment a new installation begins with, with a publishable key. Once somebody owns the installation it is found,
 * never made: undefined when he has renamed, archived or removed it.
 */
export async function ensureFirstEnvironment(
  deps: PlatformDeps,
  wanted: WantedEnvironment,
): Promise<Environment | undefined> {
  const isNew = !(await hasOwner(deps.db))
  if (!isNew && deps.directory().usable(wanted.project, wanted.name) === undefined) return undefined
  const environment = await ensureEnvironment(deps, wanted)
  if (isNew) await ensurePublishableKey(deps, environment)
  return environment
}

/** Where the operators are users. It tells more only where nobody outside reaches it. */
export async function ensureOperators(
  deps: PlatformDeps,
  mail: { readonly smtpUrl: string; readonly mailFrom: string },
): Promise<Environment> {
  const dev = deps.publicUrl === undefined
  const environment = await ensureEnvironment(deps, {
    organisation: operatorProject,
    project: operatorProject,
    name: operatorEnvironment,
    dev,
  })
  if (environment.dev !== dev) {
    await deps.db.query(
      sql`update cloudbox.platform_environments set is_dev = ${dev} where id = ${environment.id}`,
    )
    await deps.loadEverywhere()
  }
  await ensurePublishableKey(deps, environment)
  await deps.accounts.prepare(mail)
  return operatorsHome(deps)
}

/** The environment whose users are the operators. */
export function operatorsHome(deps: Pick<PlatformDeps, 'directory'>): Environment {
  const home = deps.directory().usable(operatorProject, operatorEnvironment)
  if (home === undefined) throw new Error('the environment of the operators was not made')
  return home
}

/** The publishable key of an environment, made when there is none yet. */
export async function ensurePublishableKey(
  deps: PlatformDeps,
  { id }: Pick<Environment, 'id'>,
): Promise<string> {
  return (await publishableKey(deps.db, id)) ?? makeKeyOf(deps, id, 'publishable')
}

/** Makes a key on behalf of the server, and answers it. */
export async function makeKeyOf(
  deps: PlatformDeps,
  environmentId: string,
  kind: 'publishable' | 'secret',
): Promise<string> {
  const { environment, organisationId } = deps.directory().placedById(environmentId)!
  const { key } = await makeChange(deps, deps.directory().organisationById(organisationId)!, bySystem, tx =>
    createKey(tx, environment, { kind }),
  )
  return key
}

async function ensureProject(
  deps: PlatformDeps,
  { organisation, project }: WantedEnvironment,
): Promise<void> {
  if (deps.directory().project(project) !== undefined) return
  await makeChange(
    deps,
    (id: string) => ({ id, settings: {} }),
    bySystem,
    async tx => {
      const [{ id } = { id: '' }] = await tx.query<{ id: string }>(sql`
        insert into cloudbox.platform_organisations (name) values (${organisation})
        on conflict (name) do update set name = excluded.name returning id`)
      const made = await tx.query(sql`
        insert into cloudbox.platform_projects (organisation_id, name) values (${id}, ${project})
        on conflict do nothing returning id`)
      const entry = { action: 'project.created', place: `projects/${project}`, subject: project }
      return { answer: id, entries: made.length === 0 ? [] : [entry] }
    },
  )
}
