import type { Queryable } from '../../../kernel/db.ts'
import { join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import type { KeptEntry } from './entry.ts'

/** Which entries. */
export interface AuditFilter {
  readonly action?: string | undefined
  readonly actor?: string | undefined
  readonly place?: string | undefined
  /** Text anywhere in action, actor, place or subject. */
  readonly search?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

type Row = Omit<KeptEntry, 'number'> & { number: string; hash: string }

const columns = raw(`number, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
  actor_kind as "actorKind", actor_id as "actorId", actor_name as "actorName", action, place, subject,
  before::text as before, after::text as after, request_id as "requestId", ip, encode(hash, 'hex') as hash`)

/** The newest first, below a number. */
export async function readEntries(
  db: Queryable,
  organisationId: string,
  filter: AuditFilter,
  { limit, after }: { limit: number; after?: number | undefined },
): Promise<KeptEntry[]> {
  const rows = await db.query<Row & Record<string, unknown>>(sql`
    select ${columns} from cloudbox.platform_audit
    where organisation_id = ${organisationId} and (${after ?? null}::bigint is null or number < ${after ?? null}::bigint)
      ${conditions(filter)}
    order by number desc limit ${limit}`)
  return rows.map(toEntry)
}

/** Some entries in the order of the chain, with their hashes. */
export async function readChain(
  db: Queryable,
  organisationId: string,
  from: number,
  limit: number,
): Promise<{ entry: KeptEntry; hash: Buffer }[]> {
  const rows = await db.query<Row & Record<string, unknown>>(sql`
    select ${columns} from cloudbox.platform_audit
    where organisation_id = ${organisationId} and number >= ${from} order by number limit ${limit}`)
  return rows.map(row => ({ entry: toEntry(row), hash: Buffer.from(row.hash, 'hex') }))
}

function toEntry({ number, hash: _hash, ...row }: Row): KeptEntry {
  return { number: Number(number), ...row }
}

function conditions({ action, actor, place, search, since, until }: AuditFilter): Sql {
  const pattern = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`
  const all = [
    action === undefined ? undefined : sql`and action like ${action.replaceAll('*', '%')}`,
    actor === undefined ? undefined : sql`and ${actor} in (actor_id, actor_name)`,
    place === undefined ? undefined : sql`and (place = ${place} or place like ${`${place}/%`})`,
    since === undefined ? undefined : sql`and at >= ${since}::timestamptz`,
    until === undefined ? undefined : sql`and at < ${until}::timestamptz`,
    search === undefined
      ? undefined
      : sql`and (action || ' ' || actor_name || ' ' || place || ' ' || subject) ilike ${pattern(search)}`,
  ]
  return join(
    all.filter(one => one !== undefined),
    ' ',
  )
}
