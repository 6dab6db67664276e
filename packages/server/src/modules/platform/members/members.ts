import { platformProblems } from '@cloudbox/protocol/platform'
import { isBuiltInRole } from '@cloudbox/protocol/permissions'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Made } from '../change.ts'
import type { Directory, Member, Organisation } from '../directory/directory.ts'

/** Another role in a narrower place, by names. */
export interface NamedPlace {
  readonly project: string
  readonly environment?: string | undefined
  readonly role: string
}

export interface MemberChange {
  readonly role?: string | undefined
  /** Replaces all of them. */
  readonly places?: readonly NamedPlace[] | undefined
}

/** Names of the places in which a member has another role. */
export function namedPlaces(directory: Directory, { places }: Member): NamedPlace[] {
  return places.flatMap(({ projectId, environmentId, role }) => {
    const project = directory.projects.find(({ id }) => id === projectId)
    const environment = environmentId === null ? undefined : directory.placedById(environmentId)?.environment
    if (project === undefined || (environmentId !== null && environment === undefined)) return []
    return [{ project: project.name, ...(environment && { environment: environment.name }), role }]
  })
}

/** @throws Problem `platform/not-found` */
export function findMember(directory: Directory, { id, name }: Organisation, userId: string): Member {
  const member = directory.membershipsOf(userId).find(({ organisationId }) => organisationId === id)
  if (member !== undefined) return member
  throw new Problem(platformProblems['not-found'], `${name} has no member ${userId}.`)
}

/** @throws Problem `platform/not-found` */
export function checkRole(directory: Directory, { id, name }: Organisation, role: string): void {
  if (isBuiltInRole(role) || directory.statementsOf(id, role).length > 0) return
  throw new Problem(platformProblems['not-found'], `${name} has no role ${role}.`)
}

/** Gives a member other roles. @throws Problem `platform/last-owner`, `platform/not-found` */
export async function changeMember(
  tx: Tx,
  directory: Directory,
  organisation: Organisation,
  { userId, before, email }: { userId: string; before: Member; email: string },
  { role = before.role, places }: MemberChange,
): Promise<Made<null>> {
  await lockMembers(tx, organisation)
  await tx.query(sql`
    update cloudbox.platform_members set role = ${role}
    where organisation_id = ${organisation.id} and user_id = ${userId}`)
  await keepOwner(tx, organisation)
  if (places !== undefined) {
    await tx.query(sql`
      delete from cloudbox.platform_member_places
      where organisation_id = ${organisation.id} and user_id = ${userId}`)
    for (const place of places) {
      const { projectId, environmentId } = findPlace(directory, organisation, place)
      await tx.query(sql`
        insert into cloudbox.platform_member_places (organisation_id, user_id, project_id, environment_id, role)
        values (${organisation.id}, ${userId}, ${projectId}, ${environmentId}::uuid, ${place.role})
        on conflict (organisation_id, user_id, project_id, environment_id) do update set role = excluded.role`)
    }
  }
  const was = { role: before.role, places: namedPlaces(directory, before) }
  const after = { role, places: places ?? was.places }
  return { answer: null, entries: [{ action: 'member.changed', subject: email, before: was, after }] }
}

/** Ends a membership. One that has ended already is no mistake. @throws Problem `platform/last-owner` */
export async function removeMember(
  tx: Tx,
  organisation: Organisation,
  { userId, email, action = 'member.removed' }: { userId: string; email: string; action?: string },
): Promise<Made<null>> {
  await lockMembers(tx, organisation)
  const rows = await tx.query<{ role: string }>(sql`
    delete from cloudbox.platform_members where organisation_id = ${organisation.id} and user_id = ${userId}
    returning role`)
  await keepOwner(tx, organisation)
  return { answer: null, entries: rows.map(({ role }) => ({ action, subject: email, before: { role } })) }
}

/** Makes another member the owner in place of one, who becomes an admin. */
export async function transferOwnership(
  tx: Tx,
  organisation: Organisation,
  from: { userId: string; email: string },
  to: { userId: string; email: string },
): Promise<Made<null>> {
  await lockMembers(tx, organisation)
  await tx.query(sql`
    update cloudbox.platform_members set role = case when user_id = ${to.userId} then 'owner' else 'admin' end
    where organisation_id = ${organisation.id} and user_id in (${from.userId}, ${to.userId})`)
  await keepOwner(tx, organisation)
  return {
    answer: null,
    entries: [
      {
        action: 'organisation.transferred',
        subject: organisation.name,
        before: { owner: from.email },
        after: { owner: to.email },
      },
    ],
  }
}

/** Who joins, with the limits of the organisation. @throws Problem `platform/quota-reached` */
export async function addMember(
  tx: Tx,
  organisation: Pick<Organisation, 'id' | 'name' | 'settings'>,
  { userId, email, role }: { userId: string; email: string; role: string },
): Promise<Made<null>> {
  await lockMembers(tx, organisation)
  const { maxMembers } = organisation.settings
  const [row] = await tx.query<{ count: string }>(sql`
    select count(*) from cloudbox.platform_members where organisation_id = ${organisation.id}`)
  if (maxMembers !== undefined && Number(row!.count) >= maxMembers)
    throw new Problem(
      platformProblems['quota-reached'],
      `${organisation.name} may have ${maxMembers} members.`,
    )
  const added = await tx.query(sql`
    insert into cloudbox.platform_members (organisation_id, user_id, role)
    values (${organisation.id}, ${userId}, ${role}) on conflict do nothing returning user_id`)
  const entry = { action: 'member.joined', subject: email, after: { role } }
  return { answer: null, entries: added.length === 0 ? [] : [entry] }
}

/** Two owners who leave at once must not both go. */
async function lockMembers(tx: Tx, { id }: Pick<Organisation, 'id'>): Promise<void> {
  await tx.query(sql`select from cloudbox.platform_organisations where id = ${id} for update`)
}

async function keepOwner(tx: Tx, { id, name }: Pick<Organisation, 'id' | 'name'>): Promise<void> {
  const owners = await tx.query(sql`
    select from cloudbox.platform_members where organisation_id = ${id} and role = 'owner' limit 1`)
  if (owners.length === 0)
    throw new Problem(platformProblems['last-owner'], `${name} would have no owner any more.`)
}

function findPlace(
  directory: Directory,
  organisation: Organisation,
  { project, environment }: NamedPlace,
): { projectId: string; environmentId: string | null } {
  const found = directory.project(project)
  if (found?.organisationId !== organisation.id)
    throw new Problem(platformProblems['not-found'], `${organisation.name} has no project ${project}.`)
  if (environment === undefined) return { projectId: found.id, environmentId: null }
  const placed = directory.placed(project, environment)
  if (placed === undefined)
    throw new Problem(platformProblems['not-found'], `${project} has no environment ${environment}.`)
  return { projectId: found.id, environmentId: placed.environment.id }
}
