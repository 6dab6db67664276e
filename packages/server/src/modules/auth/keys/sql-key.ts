import { randomBytes } from 'node:crypto'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'

/** HMAC-SHA256 mixes the key into blocks of this size. */
const blockBytes = 64

/**
 * The HMAC key of an environment, made on first use: it signs the tokens that Postgres itself can verify, which knows it as
 * two pads (see the migration).
 */
export async function sqlKey(db: Database, environment: Environment): Promise<Buffer> {
  const fresh = randomBytes(32)
  const pad = (byte: number) => Buffer.alloc(blockBytes, byte).map((value, i) => value ^ (fresh[i] ?? 0))
  const [row] = await db.query<{ secret: string }>(sql`
    insert into cloudbox.auth_signing_keys (environment_id, role_name, secret, inner_pad, outer_pad)
    values (${environment.id}, ${environment.role}, ${fresh}, ${Buffer.from(pad(0x36))}, ${Buffer.from(pad(0x5c))})
    on conflict (environment_id) do update set secret = auth_signing_keys.secret
    returning encode(secret, 'hex') as secret`)
  return Buffer.from(row!.secret, 'hex')
}
