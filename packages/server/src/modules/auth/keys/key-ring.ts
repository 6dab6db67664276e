import type { JsonWebKey } from 'node:crypto'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { Author } from '../../platform/module.ts'
import { accountsChanged } from '../settings/settings.ts'
import type { TokenKey } from '../tokens/jwt.ts'
import { makeSigningKey, toTokenKey, type SigningAlgorithm } from './signing-key.ts'
import { sqlKey } from './sql-key.ts'

/** The keys of one environment. */
export interface KeyRing {
  /** Signs access tokens. */
  readonly active: TokenKey
  /** Signs tokens for Postgres, and those of simulated users. */
  readonly forSql: TokenKey
  find(kid: string): TokenKey | undefined
  /** What others verify with: the next key, the active one, and those still believed. */
  readonly jwks: { readonly keys: readonly JsonWebKey[] }
}

interface StoredKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly public_key: string
  readonly private_key: string
  readonly status: 'next' | 'active' | 'retired'
}

/** A key that signs, as the audit tells it. */
type SignsNow = Pick<StoredKey, 'kid' | 'algorithm'> & Record<string, unknown>

/** Names the HMAC key in tokens; it is in no key set. */
const sqlKid = 'sql'

/** Reads the keys of an environment; the first ones are made here. */
export async function loadKeyRing(
  db: Database,
  vault: Vault,
  environment: Environment,
  algorithm: SigningAlgorithm,
): Promise<KeyRing> {
  let stored = await readKeys(db, environment)
  if (!stored.some(({ status }) => status === 'active')) {
    await addKey(db, vault, environment, algorithm, 'active')
    stored = await readKeys(db, environment)
  }
  const keys = new Map<string, TokenKey>()
  for (const { kid, algorithm: own, public_key, private_key } of stored) {
    const der = vault.open(environment.id, label(kid), Buffer.from(private_key, 'hex'))
    keys.set(kid, toTokenKey(kid, own, JSON.parse(public_key) as JsonWebKey, der))
  }
  const forSql: TokenKey = { kid: sqlKid, algorithm: 'HS256', publicKey: await sqlKey(db, environment) }
  return {
    active: keys.get(stored.find(({ status }) => status === 'active')!.kid)!,
    forSql,
    find: kid => (kid === sqlKid ? forSql : keys.get(kid)),
    jwks: { keys: stored.map(key => JSON.parse(key.public_key) as JsonWebKey) },
  }
}

/**
 * Rotates: the key that was published as the next one signs from now on, a new next one is published, and the old one is
 * believed until the last token it signed has ended. Where the algorithm changed, the next one is made anew and signs at once.
 * Everyone is told with the commit.
 */
export async function rotateKeys(
  { db, vault, author }: { readonly db: Database; readonly vault: Vault; readonly author: Author },
  environment: Environment,
  { algorithm, tokenSeconds }: { algorithm: SigningAlgorithm; tokenSeconds: number },
): Promise<void> {
  const keys = id(environment.schema, 'auth_signing_keys')
  await db.transaction(async tx => {
    // One rotation at a time.
    await tx.query(
      sql`select pg_advisory_xact_lock(hashtextextended(${`cloudbox keys ${environment.id}`}, 0))`,
    )
    await tx.query(sql`delete from ${keys} where status = 'next' and algorithm <> ${algorithm}`)
    await tx.query(sql`delete from ${keys} where status = 'retired' and believed_until < now()`)
    const retired = await tx.query<SignsNow>(sql`
      update ${keys} set status = 'retired', believed_until = now() + make_interval(secs => ${tokenSeconds + jwksCacheSeconds})
      where status = 'active' returning kid, algorithm`)
    const promoted = await tx.query<SignsNow>(sql`
      update ${keys} set status = 'active'
      where kid = (select kid from ${keys} where status = 'next' order by created_at limit 1)
      returning kid, algorithm`)
    const active = promoted[0] ?? {
      kid: await addKey(tx, vault, environment, algorithm, 'active'),
      algorithm,
    }
    await addKey(tx, vault, environment, algorithm, 'next')
    await tx.emit(accountsChanged, { environmentId: environment.id })
    await author.record(tx, {
      action: 'signing-key.rotated',
      subject: environment.name,
      before: retired[0],
      after: active,
    })
  })
}

/** How long others may keep the key set. */
export const jwksCacheSeconds = 300

async function addKey(
  db: Queryable,
  vault: Vault,
  { id: environmentId, schema }: Environment,
  algorithm: SigningAlgorithm,
  status: 'next' | 'active',
): Promise<string> {
  const { kid, publicJwk, privateDer } = await makeSigningKey(algorithm)
  // Two processes that make the first key at once: one of them wins.
  await db.query(sql`
    insert into ${id(schema, 'auth_signing_keys')} (kid, algorithm, public_key, private_key, status)
    values (${kid}, ${algorithm}, ${JSON.stringify(publicJwk)}, ${vault.seal(environmentId, label(kid), privateDer)}, ${status})
    on conflict do nothing`)
  return kid
}

function readKeys(db: Queryable, { schema }: Environment): Promise<(StoredKey & Record<string, unknown>)[]> {
  return db.query<StoredKey & Record<string, unknown>>(sql`
    select kid, algorithm, public_key::text as public_key, encode(private_key, 'hex') as private_key, status
    from ${id(schema, 'auth_signing_keys')} where believed_until is null or believed_until > now() order by created_at`)
}

function label(kid: string): string {
  return `signing-key ${kid}`
}
