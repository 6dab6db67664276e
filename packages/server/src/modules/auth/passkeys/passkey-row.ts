import type { Passkey } from '@cloudbox/protocol/auth-passkeys'
import { raw } from '../../../kernel/sql.ts'

/** One passkey as JSON text; the table is called `p`. */
export const passkeyJson = raw(`json_build_object('id', p.id, 'name', p.name, 'synced', p.is_synced,
  'createdAt', p.created_at, 'lastUsedAt', p.last_used_at)::text`)

/** Reads {@link passkeyJson}. */
export function toPasskey(text: string): Passkey {
  const passkey = JSON.parse(text) as Passkey
  const { createdAt, lastUsedAt } = passkey
  return {
    ...passkey,
    createdAt: new Date(createdAt).toISOString(),
    lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
  }
}
