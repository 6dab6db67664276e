import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Database } from '@cloudbox/server/kernel/db'
import { id, join, sql } from '@cloudbox/server/kernel/sql'
import type { Ask } from './ask.ts'

/** Tables whose rows come with use, beside those of collections. What hangs on users goes with them. */
const ofUse = [
  'auth_audit',
  'auth_mail_queue',
  'auth_mailbox',
  'auth_one_time_tokens',
  'data_idempotency_keys',
]

interface Listed extends CollectionDefinition {
  readonly system?: boolean
}

/** Empties an environment and leaves its structure and its settings. */
export async function resetBox(ask: Ask, db: Database, schema: string): Promise<void> {
  const { collections } = await ask<{ collections: Listed[] }>('GET', '/data/$collections')
  const tables = [...collections.filter(({ system }) => system !== true).map(({ name }) => name), ...ofUse]
  await db.query(sql`truncate ${join(tables.map(table => sql`${id(schema, table)}`))} cascade`)
  await removeUsers(ask)
}

/** One by one, so that their sessions and tokens end as they do for everybody. */
async function removeUsers(ask: Ask): Promise<void> {
  for (;;) {
    const { users } = await ask<{ users: { id: string }[] }>('GET', '/auth/users?limit=500')
    if (users.length === 0) return
    await Promise.all(users.map(user => ask('DELETE', `/auth/users/${user.id}`)))
  }
}
