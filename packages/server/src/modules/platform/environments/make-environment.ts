import type { Environment } from '../../../kernel/caller.ts'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Problem } from '../../../kernel/problem.ts'
import { bySystem, type By } from '../audit/entry.ts'
import { makeChange, type Once } from '../change.ts'
import { ownerOf, type PlatformDeps } from '../deps.ts'
import type { PlacedEnvironment, Project } from '../directory/directory.ts'
import { checkName } from '../names.ts'
import {
  beginEnvironment,
  discardEnvironment,
  finishEnvironment,
  type NewEnvironment,
} from './environments.ts'

/**
 * Makes an environment that requests may use when this resolves; or nothing stays of it.
 * @param fill copies into it what it begins with
 */
export async function makeEnvironment(
  deps: PlatformDeps,
  project: Project,
  wanted: NewEnvironment,
  by: By,
  fill: (environment: Environment) => Promise<void> = async () => {},
  once?: Once,
): Promise<PlacedEnvironment> {
  checkName('environment', wanted.name)
  if (project.isArchived)
    throw new Problem(platformProblems.archived, `The project ${project.name} is archived.`)
  const owner = ownerOf(deps, project)
  const id = await makeChange(deps, owner, by, tx => beginEnvironment(tx, owner, project, wanted), once)
  const begun = deps.directory().placedById(id)!
  // The answer of a request that came before.
  if (begun.state === 'ready') return begun
  try {
    await deps.migrateEnvironment(begun.environment)
    await fill(begun.environment)
    await makeChange(deps, owner, by, async tx => {
      await finishEnvironment(tx, id)
      return { answer: null, entries: [] }
    })
  } catch (error) {
    await discard(deps, begun)
    throw error
  }
  return deps.directory().placedById(id)!
}

/** Removes what a crash left half made. Only where nobody makes environments at the same time: at the start. */
export async function discardUnfinished(deps: PlatformDeps): Promise<void> {
  for (const placed of deps.directory().environments)
    if (placed.state === 'making') await discard(deps, placed)
}

/** Removes one that never got ready, and that nobody is making any more. */
export async function discard(
  deps: PlatformDeps,
  { environment, organisationId }: PlacedEnvironment,
): Promise<void> {
  const { project, name } = environment
  await makeChange(deps, ownerOf(deps, { organisationId }), bySystem, async tx => {
    await discardEnvironment(tx, environment.id)
    const place = `projects/${project}/environments/${name}`
    return { answer: null, entries: [{ action: 'environment.discarded', place, subject: name }] }
  })
}
