import type { Device } from '@cloudbox/protocol/auth'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { FindPlace } from './find-place.ts'
import { deviceName } from './device-name.ts'

interface Row extends Record<string, unknown> {
  readonly id: string
  readonly aal: number
  readonly methods: string
  readonly user_agent: string | null
  readonly ip: string | null
  readonly created_at: string
  readonly refreshed_at: string
}

/** The open sessions of a user, the last used first. */
export async function listDevices(
  db: Queryable,
  { schema }: Pick<Environment, 'schema'>,
  userId: string,
  currentId: string | undefined,
  findPlace: FindPlace,
): Promise<Device[]> {
  const rows = await db.query<Row>(sql`
    select s.id, s.aal, to_json(s.methods)::text as methods, s.user_agent, host(s.ip) as ip,
      to_json(s.created_at) #>> '{}' as created_at, to_json(s.refreshed_at) #>> '{}' as refreshed_at
    from ${id(schema, 'auth_sessions')} s
    where s.user_id = ${userId} and s.revoked_at is null and s.ends_at > now()
      and (s.idle_ends_at is null or s.idle_ends_at > now())
    order by s.refreshed_at desc limit 200`)
  return rows.map(row => ({
    id: row.id,
    current: row.id === currentId,
    ...deviceName(row.user_agent),
    place: row.ip === null ? null : findPlace(row.ip),
    ip: row.ip,
    aal: row.aal,
    methods: JSON.parse(row.methods) as string[],
    createdAt: new Date(row.created_at).toISOString(),
    lastSeenAt: new Date(row.refreshed_at).toISOString(),
  }))
}
