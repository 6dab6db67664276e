import { platformProblems } from '@cloudbox/protocol/platform'
import type { CopyPlan } from '../../../kernel/copy-environment.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { By } from '../audit/entry.ts'
import { makeChange } from '../change.ts'
import { ownerOf, type PlatformDeps } from '../deps.ts'
import type { PlacedEnvironment, Project } from '../directory/directory.ts'
import { removeEnvironment } from '../environments/environments.ts'
import { discard, makeEnvironment } from '../environments/make-environment.ts'
import { environmentName } from './branch-name.ts'
import type { Connection } from './connections.ts'

/** What became of the environment of a branch. */
export interface Followed {
  readonly outcome: 'made' | 'removed' | 'unchanged'
  /** Its name. */
  readonly environment?: string
}

/** Makes the environment of a branch, if it is not there. */
export async function makeBranch(
  deps: PlatformDeps,
  connection: Connection,
  branch: string,
  by: By,
): Promise<Followed> {
  const project = projectOf(deps, connection)
  const there = await environmentOfBranch(deps, connection, branch)
  if (there?.state === 'ready') return { outcome: 'unchanged', environment: there.environment.name }
  if (there !== undefined) await discard(deps, there)
  const parent = parentOf(deps, project, connection)
  const name = environmentName(branch, taken => deps.directory().placed(project.name, taken) !== undefined)
  const { data, samplePercent } = connection
  const plan: CopyPlan = { data: data === 'sample' ? { samplePercent } : data, secrets: false }
  await makeEnvironment(
    deps,
    project,
    {
      name,
      dev: true,
      from: parent.environment,
      claim: async (tx, environmentId) => {
        await tx.query(sql`
          insert into cloudbox.platform_git_branches (connection_id, branch, environment_id)
          values (${connection.id}, ${branch}, ${environmentId})
          on conflict (connection_id, branch) do update set environment_id = excluded.environment_id`)
      },
    },
    by,
    made => deps.copyEnvironment(parent.environment, made, plan),
  )
  return { outcome: 'made', environment: name }
}

/** Removes the environment that was made for a branch, if it is there: it can be brought back like any other. */
export async function removeBranch(
  deps: PlatformDeps,
  connection: Connection,
  branch: string,
  by: By,
): Promise<Followed> {
  const there = await environmentOfBranch(deps, connection, branch)
  if (there === undefined) return { outcome: 'unchanged' }
  if (there.state === 'making') await discard(deps, there)
  else
    await makeChange(deps, ownerOf(deps, there), by, async tx => {
      await tx.query(sql`
        delete from cloudbox.platform_git_branches where connection_id = ${connection.id} and branch = ${branch}`)
      return removeEnvironment(tx, there)
    })
  return { outcome: 'removed', environment: there.environment.name }
}

export interface FollowedBranch {
  readonly branch: string
  readonly environmentId: string
}

export function listBranches(db: Queryable, connectionId: string): Promise<FollowedBranch[]> {
  return db.query<FollowedBranch & Record<string, unknown>>(sql`
    select branch, environment_id as "environmentId" from cloudbox.platform_git_branches
    where connection_id = ${connectionId} order by branch`)
}

/** The environment made for a branch, unless somebody has removed it since. */
export async function environmentOfBranch(
  deps: Pick<PlatformDeps, 'db' | 'directory'>,
  { id }: Connection,
  branch: string,
): Promise<PlacedEnvironment | undefined> {
  const [row] = await deps.db.query<{ id: string }>(sql`
    select environment_id as id from cloudbox.platform_git_branches
    where connection_id = ${id} and branch = ${branch}`)
  return row === undefined ? undefined : deps.directory().placedById(row.id)
}

function projectOf(deps: PlatformDeps, { projectId }: Connection): Project {
  const project = deps.directory().projects.find(({ id }) => id === projectId)
  if (project === undefined) throw new Problem(platformProblems['not-found'], 'The project was removed.')
  return project
}

function parentOf(deps: PlatformDeps, project: Project, { fromId }: Connection): PlacedEnvironment {
  const parent = fromId === null ? undefined : deps.directory().placedById(fromId)
  if (parent === undefined)
    throw new Problem(
      platformProblems['not-found'],
      `The environment of ${project.name} to branch from is not there any more.`,
    )
  if (parent.state !== 'ready')
    throw new Problem(platformProblems.busy, `${project.name}/${parent.environment.name} is being made.`)
  return parent
}
