import { randomBytes, randomUUID } from 'node:crypto'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { By } from '../audit/entry.ts'
import type { Made } from '../change.ts'
import { placeName, type Project } from '../directory/directory.ts'
import type { GitHost, GitReport } from '@cloudbox/protocol/platform-replies'

export interface ConnectionSettings {
  /** As `acme/shop`; null: whatever repository knows the secret. */
  readonly repository: string | null
  readonly data: 'none' | 'all' | 'sample'
  readonly samplePercent: number
  readonly branches: readonly string[]
  readonly ignore: readonly string[]
}

/** A project and the repository whose branches it follows. */
export interface Connection extends ConnectionSettings {
  readonly id: string
  readonly projectId: string
  readonly host: GitHost
  /** null: the environment to branch from is gone. */
  readonly fromId: string | null
  readonly sealed: Buffer
  readonly createdAt: string
  readonly lastDelivery: GitReport | null
  readonly lastFailure: GitReport | null
}

/** Whoever a connection does something for, in the audit. */
export function byConnection({ id, host }: Pick<Connection, 'id' | 'host'>, requestId: string): By {
  return { actor: { kind: 'system', id, name: `git ${host}` }, requestId }
}

export function findConnection(
  db: Queryable,
  by: { readonly id: string } | { readonly projectId: string },
): Promise<Connection | undefined> {
  return read(db, by, false)
}

async function read(
  db: Queryable,
  by: { readonly id: string } | { readonly projectId: string },
  isToChange: boolean,
): Promise<Connection | undefined> {
  const [row] = await db.query<{ connection: string; secret: string }>(sql`
    select json_build_object('id', id, 'projectId', project_id, 'host', host, 'fromId', from_id, 'createdAt', created_at,
        'lastDelivery', last_delivery, 'lastFailure', last_failure)::jsonb || settings as connection,
      encode(secret, 'hex') as secret
    from cloudbox.platform_git_connections
    where ${'id' in by ? sql`id = ${by.id}` : sql`project_id = ${by.projectId}`}
    ${isToChange ? sql`for update` : sql``}`)
  if (row === undefined) return undefined
  return { ...(JSON.parse(row.connection) as Connection), sealed: Buffer.from(row.secret, 'hex') }
}

export interface WantedConnection extends ConnectionSettings {
  readonly host: GitHost
  readonly from: { readonly id: string; readonly name: string }
  readonly newSecret: boolean
}

/** The secret is there where it is new: it is never shown again. */
export interface Connected {
  readonly isNew: boolean
  readonly secret: string | undefined
}

/** Connects a project, or changes how it is connected. */
export async function connect(
  tx: Tx,
  vault: Vault,
  { id: projectId, organisationId, name }: Project,
  { host, from, newSecret, ...settings }: WantedConnection,
): Promise<Made<Connected>> {
  // Two at once: the second changes what the first has made.
  await tx.query(sql`select from cloudbox.platform_projects where id = ${projectId} for update`)
  const before = await read(tx, { projectId }, true)
  const id = before?.id ?? randomUUID()
  const secret =
    before === undefined || newSecret ? `cb_git_${randomBytes(32).toString('base64url')}` : undefined
  const sealed = secret === undefined ? before!.sealed : vault.seal(organisationId, labelOf(id), secret)
  await tx.query(sql`
    insert into cloudbox.platform_git_connections (id, project_id, host, from_id, settings, secret)
    values (${id}, ${projectId}, ${host}, ${from.id}, ${JSON.stringify(settings)}::jsonb, ${sealed})
    on conflict (project_id) do update set host = excluded.host, from_id = excluded.from_id,
      settings = excluded.settings, secret = excluded.secret`)
  const after = { host, from: from.name, ...settings, ...(secret === undefined ? {} : { secret: '•••' }) }
  return {
    answer: { isNew: before === undefined, secret },
    entries: [
      {
        action: before === undefined ? 'git.connected' : 'git.changed',
        place: placeName(name),
        subject: settings.repository ?? host,
        ...(before === undefined ? {} : { before: told(before) }),
        after,
      },
    ],
  }
}

/** Ends the connection; the environments it has made stay. One that is gone already is no mistake. */
export async function disconnect(tx: Tx, { id: projectId, name }: Project): Promise<Made<null>> {
  const before = await read(tx, { projectId }, true)
  if (before === undefined) return { answer: null, entries: [] }
  await tx.query(sql`delete from cloudbox.platform_git_connections where id = ${before.id}`)
  return {
    answer: null,
    entries: [
      {
        action: 'git.disconnected',
        place: placeName(name),
        subject: before.repository ?? before.host,
        before: told(before),
      },
    ],
  }
}

/** What deliveries of a connection are signed with. */
export function openSecret(vault: Vault, organisationId: string, { id, sealed }: Connection): string {
  return vault.open(organisationId, labelOf(id), sealed).toString()
}

/** Shows the newest delivery, and the newest that failed, with the connection. */
export async function report(db: Queryable, id: string, delivery: GitReport): Promise<void> {
  const text = JSON.stringify(delivery)
  const isFailure = delivery.problem !== undefined
  await db.query(sql`
    update cloudbox.platform_git_connections set
      last_delivery = case when last_delivery is null or last_delivery->>'at' <= ${delivery.at}
        then ${text}::jsonb else last_delivery end,
      last_failure = case when ${isFailure} then ${text}::jsonb else last_failure end
    where id = ${id}`)
}

function told({ host, repository, data, samplePercent, branches, ignore }: Connection) {
  return { host, repository, data, samplePercent, branches, ignore }
}

function labelOf(id: string): string {
  return `git-secret ${id}`
}
