import { platformProblems } from '@cloudbox/protocol/platform'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Made } from '../change.ts'
import { placeName, type Organisation, type Project } from '../directory/directory.ts'
import { checkName } from '../names.ts'

export function showProject({ name, title, isArchived, createdAt }: Project) {
  return { name, title, isArchived, createdAt }
}

export type ShownProject = ReturnType<typeof showProject>

/** @throws Problem `platform/name-taken`, `platform/invalid-name`, `platform/quota-reached` */
export async function createProject(
  tx: Tx,
  { id: organisationId, name: organisation, settings }: Organisation,
  { name, title = name }: { name: string; title?: string | undefined },
): Promise<Made<ShownProject>> {
  checkName('project', name)
  const { maxProjects } = settings
  if (maxProjects !== undefined) {
    const [row] = await tx.query<{ count: string }>(sql`
      select count(*) from cloudbox.platform_projects where organisation_id = ${organisationId}`)
    if (Number(row!.count) >= maxProjects)
      throw new Problem(
        platformProblems['quota-reached'],
        `${organisation} may have ${maxProjects} projects.`,
      )
  }
  const [made] = await tx.query<{ created: string }>(sql`
    insert into cloudbox.platform_projects (organisation_id, name, title) values (${organisationId}, ${name}, ${title})
    on conflict do nothing returning to_json(created_at) #>> '{}' as created`)
  if (made === undefined) throw nameTaken(name)
  return {
    answer: { name, title, isArchived: false, createdAt: made.created },
    entries: [{ action: 'project.created', place: placeName(name), subject: name, after: { name, title } }],
  }
}

export interface ProjectChange {
  readonly name?: string | undefined
  readonly title?: string | undefined
  readonly isArchived?: boolean | undefined
}

/** Renames, archives or restores a project. The schemas of its environments keep their names. */
export async function changeProject(
  tx: Tx,
  before: Project,
  change: ProjectChange,
): Promise<Made<ShownProject>> {
  const after = {
    ...before,
    name: change.name ?? before.name,
    title: change.title ?? before.title,
    isArchived: change.isArchived ?? before.isArchived,
  }
  if (after.name !== before.name) checkName('project', after.name)
  const [taken] = await tx.query(sql`
    select from cloudbox.platform_projects where name = ${after.name} and id <> ${before.id}`)
  if (taken !== undefined) throw nameTaken(after.name)
  await tx.query(sql`
    update cloudbox.platform_projects set name = ${after.name}, title = ${after.title},
      archived_at = case when ${after.isArchived} then coalesce(archived_at, now()) end
    where id = ${before.id}`)
  const facts = ({ name, title, isArchived }: Project) => ({ name, title, isArchived })
  const action =
    after.isArchived === before.isArchived
      ? 'project.changed'
      : after.isArchived
        ? 'project.archived'
        : 'project.restored'
  const place = placeName(before.name)
  return {
    answer: showProject(after),
    entries: [{ action, place, subject: before.name, before: facts(before), after: facts(after) }],
  }
}

function nameTaken(name: string): Problem {
  return new Problem(platformProblems['name-taken'], `There is a project ${name} already.`, {
    hint: 'Names of projects stand in addresses, so they are unique in the whole installation.',
  })
}
