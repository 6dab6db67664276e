import { platformProblems } from '@cloudbox/protocol/platform'
import {
  coversPermission,
  isBuiltInRole,
  permissionNames,
  type Statement,
} from '@cloudbox/protocol/permissions'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Made } from '../change.ts'
import type { Organisation } from '../directory/directory.ts'
import { checkName } from '../names.ts'

export interface Role {
  readonly name: string
  readonly title: string
  readonly statements: readonly Statement[]
}

/** `*`, or projects/… and environments/… with `*` for any one name. */
const placePattern = /^(\*|projects\/(\*|[a-z0-9-]+)(\/environments\/(\*|[a-z0-9-]+))?)$/

export async function listRoles(db: Queryable, { id }: Organisation): Promise<Role[]> {
  const rows = await db.query<{ name: string; title: string; statements: string }>(sql`
    select name, coalesce(title, name) as title, statements::text as statements from cloudbox.platform_roles
    where organisation_id = ${id} order by name`)
  return rows.map(row => ({ ...row, statements: JSON.parse(row.statements) as Statement[] }))
}

/** Makes or changes a role. @throws Problem `platform/invalid-role`, `platform/invalid-name` */
export async function putRole(tx: Tx, { id }: Organisation, role: Role): Promise<Made<Role>> {
  const { name, title, statements } = role
  checkName('role', name)
  checkStatements(role)
  const [before] = await tx.query<{ statements: string }>(sql`
    select statements::text as statements from cloudbox.platform_roles
    where organisation_id = ${id} and name = ${name} for update`)
  await tx.query(sql`
    insert into cloudbox.platform_roles (organisation_id, name, title, statements)
    values (${id}, ${name}, ${title}, ${JSON.stringify(statements)})
    on conflict (organisation_id, name) do update set title = excluded.title, statements = excluded.statements`)
  const was = before === undefined ? {} : { before: { statements: JSON.parse(before.statements) as unknown } }
  const action = before === undefined ? 'role.created' : 'role.changed'
  return { answer: role, entries: [{ action, subject: name, ...was, after: { title, statements } }] }
}

/** Removes a role that nobody has. @throws Problem `platform/role-in-use` */
export async function removeRole(tx: Tx, { id }: Organisation, name: string): Promise<Made<null>> {
  const [used] = await tx.query(sql`
    select from cloudbox.platform_members where organisation_id = ${id} and role = ${name}
    union all select from cloudbox.platform_member_places where organisation_id = ${id} and role = ${name}
    union all select from cloudbox.platform_invitations where organisation_id = ${id} and role = ${name} limit 1`)
  if (used !== undefined)
    throw new Problem(platformProblems['role-in-use'], `Members or invitations have the role ${name}.`)
  const removed = await tx.query(sql`
    delete from cloudbox.platform_roles where organisation_id = ${id} and name = ${name} returning name`)
  return { answer: null, entries: removed.map(() => ({ action: 'role.removed', subject: name })) }
}

function checkStatements({ name, statements }: Role): void {
  const errors: ProblemDetail[] = []
  if (isBuiltInRole(name)) errors.push({ at: '/name', message: `${name} is a built-in role` })
  statements.forEach(({ permissions, places }, i) => {
    permissions.forEach((pattern, p) => {
      if (!permissionNames.some(one => coversPermission(pattern, one)))
        errors.push({ at: `/statements/${i}/permissions/${p}`, message: `there is no permission ${pattern}` })
    })
    places.forEach((place, p) => {
      if (!placePattern.test(place))
        errors.push({ at: `/statements/${i}/places/${p}`, message: `${place} is not a place` })
    })
  })
  if (errors.length > 0)
    throw new Problem(platformProblems['invalid-role'], `${errors[0]!.at}: ${errors[0]!.message}.`, {
      errors,
    })
}
