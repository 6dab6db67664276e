import type { StatusSettings } from '@cloudbox/protocol/status'
import type { Queryable, Tx } from '../../kernel/db.ts'
import { sql } from '../../kernel/sql.ts'

const closed: StatusSettings = { isPublic: false, title: '', message: '' }

export async function readSettings(db: Queryable, environmentId: string): Promise<StatusSettings> {
  const [row] = await db.query<{ settings: string }>(
    sql`select settings from cloudbox.status_pages where environment_id = ${environmentId}`,
  )
  return row === undefined ? closed : { ...closed, ...(JSON.parse(row.settings) as StatusSettings) }
}

export async function writeSettings(tx: Tx, environmentId: string, settings: StatusSettings): Promise<void> {
  await tx.query(sql`
    insert into cloudbox.status_pages (environment_id, settings)
    values (${environmentId}, ${JSON.stringify(settings)}::jsonb)
    on conflict (environment_id) do update set settings = excluded.settings`)
}
