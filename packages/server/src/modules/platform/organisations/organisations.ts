import { platformProblems } from '@cloudbox/protocol/platform'
import type { Operator } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Made } from '../change.ts'
import type { Directory, Organisation, OrganisationSettings } from '../directory/directory.ts'
import { checkName } from '../names.ts'

/** An organisation as it is shown. */
export function showOrganisation({ name, title, settings, createdAt }: Organisation) {
  return { name, title, settings, createdAt }
}

export type ShownOrganisation = ReturnType<typeof showOrganisation> & { readonly id: string }

/** Makes an organisation with its first owner. @throws Problem `platform/name-taken`, `platform/invalid-name` */
export async function createOrganisation(
  tx: Tx,
  { name, title = name }: { name: string; title?: string | undefined },
  ownerId: string,
): Promise<Made<ShownOrganisation>> {
  checkName('organisation', name)
  const [made] = await tx.query<{ id: string; created: string }>(sql`
    insert into cloudbox.platform_organisations (name, title) values (${name}, ${title})
    on conflict do nothing returning id, to_json(created_at) #>> '{}' as created`)
  if (made === undefined)
    throw new Problem(platformProblems['name-taken'], `There is an organisation ${name} already.`)
  await tx.query(sql`
    insert into cloudbox.platform_members (organisation_id, user_id, role) values (${made.id}, ${ownerId}, 'owner')`)
  const settings: OrganisationSettings = {}
  return {
    answer: { id: made.id, name, title, settings, createdAt: made.created },
    entries: [{ action: 'organisation.created', subject: name, after: { name, title } }],
  }
}

/** Those an operator belongs to. */
export function organisationsOf(directory: Directory, { uid }: Operator): Organisation[] {
  const mine = new Set(directory.membershipsOf(uid).map(({ organisationId }) => organisationId))
  return directory.organisations.filter(({ id }) => mine.has(id))
}

export interface OrganisationChange {
  readonly name?: string | undefined
  readonly title?: string | undefined
  readonly settings?: OrganisationSettings | undefined
}

export async function changeOrganisation(
  tx: Tx,
  before: Organisation,
  change: OrganisationChange,
): Promise<Made<ReturnType<typeof showOrganisation>>> {
  const after = {
    ...before,
    name: change.name ?? before.name,
    title: change.title ?? before.title,
    settings: { ...before.settings, ...change.settings },
  }
  if (after.name !== before.name) checkName('organisation', after.name)
  const [taken] = await tx.query(sql`
    select from cloudbox.platform_organisations where name = ${after.name} and id <> ${before.id}`)
  if (taken !== undefined)
    throw new Problem(platformProblems['name-taken'], `There is an organisation ${after.name} already.`)
  await tx.query(sql`
    update cloudbox.platform_organisations
    set name = ${after.name}, title = ${after.title}, settings = ${JSON.stringify(after.settings)}::jsonb
    where id = ${before.id}`)
  const shown = ({ name, title, settings }: OrganisationChange) => ({ name, title, settings })
  return {
    answer: showOrganisation(after),
    entries: [
      { action: 'organisation.changed', subject: before.name, before: shown(before), after: shown(after) },
    ],
  }
}

/** Removes an organisation that has no projects any more. Its audit stays. @throws Problem `platform/not-empty` */
export async function removeOrganisation(tx: Tx, { id, name }: Organisation): Promise<Made<null>> {
  const [project] = await tx.query<{ name: string }>(
    sql`select name from cloudbox.platform_projects where organisation_id = ${id} limit 1`,
  )
  if (project !== undefined)
    throw new Problem(platformProblems['not-empty'], `${name} has the project ${project.name}.`)
  await tx.query(sql`delete from cloudbox.platform_organisations where id = ${id}`)
  return { answer: null, entries: [{ action: 'organisation.removed', subject: name }] }
}
