import type { Me, Restorable } from '@cloudbox/protocol/platform-replies'
import { at } from './api.ts'
import type { Setting } from './command.ts'
import { Failure } from './failure.ts'
import { organisationOf } from './places.ts'

interface Wanted {
  /** Of the project or environment, while it is there. */
  readonly path: string
  readonly project: string
  readonly environment: string | null
}

/**
 * Brings a project or an environment back: one that is archived, or else the one of that name removed last.
 * @throws Failure `platform/not-found` when there is neither
 */
export async function restore(
  setting: Setting,
  options: { readonly org?: string | undefined },
  { path, project, environment }: Wanted,
): Promise<void> {
  const { api } = setting
  let missing: Failure
  try {
    await api.patch(path, { isArchived: false })
    return
  } catch (error) {
    if (!(error instanceof Failure && error.body.code === 'platform/not-found')) throw error
    missing = error
  }
  for (const organisation of await organisationsToLookIn(setting, options)) {
    const { removed } = await api.get<{ removed: Restorable[] }>(at`/organisations/${organisation}/removed`)
    const [last] = removed
      .filter(one => one.project === project && one.environment === environment)
      .toSorted((a, b) => (a.removedAt < b.removedAt ? 1 : -1))
    if (last === undefined) continue
    await api.post(at`/organisations/${organisation}/removed/${last.id}/restore`)
    return
  }
  throw missing
}

/** The one that is named, else all whose removed things one may see. */
async function organisationsToLookIn(
  setting: Setting,
  options: { readonly org?: string | undefined },
): Promise<string[]> {
  if (options.org !== undefined || setting.environment['CLOUDBOX_ORG'] !== undefined)
    return [await organisationOf(setting, options)]
  const { organisations } = await setting.api.get<Me>('/me')
  return organisations
    .filter(({ permissions }) => permissions.includes('projects.delete'))
    .map(({ name }) => name)
}
