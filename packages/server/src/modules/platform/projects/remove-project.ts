import { platformProblems } from '@cloudbox/protocol/platform'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Made } from '../change.ts'
import { placeName, type PlacedEnvironment, type Project, type Removed } from '../directory/directory.ts'
import { removeEnvironment, restoreEnvironment } from '../environments/environments.ts'

/** Takes a project away with its environments. All of it can be brought back for a while. */
export async function removeProject(
  tx: Tx,
  { id, name }: Project,
  environments: readonly PlacedEnvironment[],
): Promise<Made<null>> {
  const removed = []
  for (const environment of environments) removed.push(await removeEnvironment(tx, environment))
  await tx.query(sql`update cloudbox.platform_projects set removed_at = now() where id = ${id}`)
  const place = placeName(name)
  return {
    answer: null,
    entries: [
      ...removed.flatMap(({ entries }) => entries),
      { action: 'project.removed', place, subject: name },
    ],
  }
}

/** Brings a project back with the environments that went with it. @throws Problem `platform/name-taken` */
export async function restoreProject(
  tx: Tx,
  { id, project }: Removed,
  everythingRemoved: readonly Removed[],
): Promise<Made<null>> {
  const [taken] = await tx.query(sql`
    select from cloudbox.platform_projects where name = ${project} and removed_at is null`)
  if (taken !== undefined)
    throw new Problem(platformProblems['name-taken'], `There is a project ${project} already.`)
  const [row] = await tx.query<{ at: string }>(sql`
    update cloudbox.platform_projects p set removed_at = null from cloudbox.platform_projects old
    where p.id = ${id} and old.id = p.id and old.removed_at is not null
    returning to_json(old.removed_at) #>> '{}' as at`)
  const entries = []
  for (const one of everythingRemoved) {
    const wentWithIt = one.projectId === id && one.environment !== null && one.removedAt === row?.at
    if (!wentWithIt) continue
    const restored = await restoreEnvironment(tx, { ...one, environment: one.environment })
    entries.push(...restored.entries)
  }
  const place = placeName(project)
  return { answer: null, entries: [{ action: 'project.restored', place, subject: project }, ...entries] }
}
