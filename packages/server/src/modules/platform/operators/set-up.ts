import { createHash, randomBytes } from 'node:crypto'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Database, Queryable } from '../../../kernel/db.ts'
import type { AuditEntry, By } from '../audit/entry.ts'
import { makeChange, type ChangeDeps } from '../change.ts'
import { createOrganisation } from '../organisations/organisations.ts'
import type { Asking, OperatorAccounts } from './operator-accounts.ts'
import { installationOwner } from './operators.ts'

/** Somebody owns this installation. */
export async function hasOwner(db: Queryable): Promise<boolean> {
  const rows = await db.query(sql`select from cloudbox.platform_members where role = 'owner' limit 1`)
  return rows.length > 0
}

/** A token for the link that makes the owner; the one before is of no use any more. Undefined when there is an owner. */
export async function makeSetUpToken(db: Database): Promise<string | undefined> {
  if (await hasOwner(db)) return undefined
  const token = randomBytes(24).toString('base64url')
  await db.query(sql`
    insert into cloudbox.platform_set_up (hash) values (${hashToken(token)})
    on conflict (one) do update set hash = excluded.hash`)
  return token
}

export interface FirstOwner {
  readonly email: string
  readonly password: string
  readonly name?: string | undefined
  /** Name of his organisation. */
  readonly organisation: string
}

/**
 * Makes the owner of the installation: an operator with an organisation. What exists without members, such as the demo,
 * becomes part of it.
 * @param token of the set-up link; undefined where the owner is made by whoever starts the server
 * @throws Problem `platform/already-set-up`, `platform/link-invalid`
 */
export async function setUp(
  deps: ChangeDeps & { readonly accounts: OperatorAccounts },
  { email, password, name, organisation }: FirstOwner,
  token: string | undefined,
  asking: Asking & { readonly id?: string },
): Promise<void> {
  await checkToken(deps.db, token)
  const known = await deps.accounts.byEmail(email)
  // One who was made by a set-up that was interrupted goes on, if he is who he says: the link is proof enough.
  const userId =
    known?.id ?? (await deps.accounts.create({ email, password, name, roles: [installationOwner] }, asking))
  const by: By = { actor: { kind: 'operator', id: userId, name: email }, requestId: asking.id, ip: asking.ip }
  await makeChange(
    deps,
    (made: { id: string }) => ({ id: made.id, settings: {} }),
    by,
    async tx => {
      // Two at once: the second waits here, and finds that it is late.
      await tx.query(sql`lock table cloudbox.platform_set_up in exclusive mode`)
      await checkToken(tx, token)
      await tx.query(sql`delete from cloudbox.platform_set_up`)
      const adopted = await tx.query<{ id: string; name: string }>(sql`
        select id, name from cloudbox.platform_organisations o
        where name !~ '^_' and not exists (select from cloudbox.platform_members where organisation_id = o.id)
        order by created_at limit 1`)
      const own = adopted.find(one => one.name === organisation || one.name === 'demo')
      const entries: AuditEntry[] = [{ action: 'installation.set-up', subject: email }]
      if (own === undefined) {
        const made = await createOrganisation(tx, { name: organisation }, userId)
        return { answer: made.answer, entries: [...entries, ...made.entries] }
      }
      await tx.query(sql`
        insert into cloudbox.platform_members (organisation_id, user_id, role) values (${own.id}, ${userId}, 'owner')`)
      await tx.query(sql`
        update cloudbox.platform_organisations set name = ${organisation}, title = ${organisation} where id = ${own.id}`)
      return {
        answer: { id: own.id, name: organisation },
        entries: [...entries, { action: 'organisation.created', subject: organisation }],
      }
    },
  )
}

async function checkToken(db: Queryable, token: string | undefined): Promise<void> {
  if (await hasOwner(db))
    throw new Problem(platformProblems['already-set-up'], 'This installation has an owner already.')
  if (token === undefined) return
  const known = await db.query(sql`select from cloudbox.platform_set_up where hash = ${hashToken(token)}`)
  if (known.length === 0)
    throw new Problem(platformProblems['link-invalid'], 'The link of the set-up is not the newest one.')
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(`set-up ${token}`).digest()
}
