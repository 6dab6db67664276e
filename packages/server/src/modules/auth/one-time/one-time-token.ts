import { createHash, randomBytes } from 'node:crypto'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'

/** What a token is good for. It is part of what is hashed: a token of one purpose is none of another. */
export type Purpose =
  | 'verify-email'
  | 'recover'
  | 'magic-link'
  | 'change-email'
  | 'invite'
  /** The code of a redirect, exchanged for a session. */
  | 'exchange'
  | 'oauth-state'
  /** The code of the made-up provider of dev environments. */
  | 'fake-code'
  /** What a passkey signs. */
  | 'passkey-sign-in'
  | 'passkey-new'

const lifeSeconds: Readonly<Record<Purpose, number>> = {
  'verify-email': 86_400,
  recover: 3600,
  'magic-link': 900,
  'change-email': 86_400,
  invite: 604_800,
  exchange: 60,
  'oauth-state': 600,
  'fake-code': 60,
  // As long as a page waits for a passkey to be chosen in a field.
  'passkey-sign-in': 1800,
  'passkey-new': 300,
}

export interface NewToken {
  readonly purpose: Purpose
  readonly userId?: string | undefined
  /** What is needed when it comes back. */
  readonly data: object
  /** Older ones of the same purpose and user are of no use any more. */
  readonly replaces?: boolean
  /** One that {@link newToken} gave, where its data depend on it. */
  readonly token?: string
}

/** The text of a token that is yet to be made: 256 random bits. */
export function newToken(purpose: Purpose): string {
  return `${purpose}.${randomBytes(32).toString('base64url')}`
}

/** Makes a token; only its hash is kept. */
export async function makeToken(
  db: Queryable,
  { schema }: Pick<Environment, 'schema'>,
  { purpose, userId, data, replaces = false, token = newToken(purpose) }: NewToken,
): Promise<string> {
  const table = id(schema, 'auth_one_time_tokens')
  // What nobody came for goes with the next ones, a few at a time.
  await db.query(sql`
    with swept as (
      delete from ${table} where hash in (select hash from ${table} where expires_at < now() limit 20 for update skip locked)
    ), replaced as (
      delete from ${table} where ${replaces} and purpose = ${purpose} and user_id = ${userId ?? null}::uuid
    )
    insert into ${table} (hash, purpose, user_id, data, expires_at)
    values (${hashOf(token)}, ${purpose}, ${userId ?? null}::uuid, ${JSON.stringify(data)},
      now() + make_interval(secs => ${lifeSeconds[purpose]}))`)
  return token
}

/** What came back with a token. */
export interface RedeemedToken<Data> {
  readonly purpose: Purpose
  readonly userId: string | undefined
  readonly data: Data
}

/** Redeems a token: it was good once. Undefined when it is unknown, used or too old, or for none of these purposes. */
export async function redeemToken<Data>(
  db: Queryable,
  { schema }: Pick<Environment, 'schema'>,
  purposes: readonly Purpose[],
  token: string,
): Promise<RedeemedToken<Data> | undefined> {
  if (!purposes.some(purpose => token.startsWith(`${purpose}.`))) return undefined
  const [row] = await db.query<{ purpose: Purpose; user_id: string | null; data: string }>(sql`
    delete from ${id(schema, 'auth_one_time_tokens')}
    where hash = ${hashOf(token)} and expires_at > now() returning purpose, user_id, data::text as data`)
  if (row === undefined) return undefined
  return { purpose: row.purpose, userId: row.user_id ?? undefined, data: JSON.parse(row.data) as Data }
}

/** How long a link of this purpose is good, in words for people. */
export function lifeOf(purpose: Purpose): number {
  return lifeSeconds[purpose]
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
