import { createHash, randomBytes } from 'node:crypto'
import { platformProblems } from '@cloudbox/protocol/platform'
import { coversPermission, permissionNames } from '@cloudbox/protocol/permissions'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Made } from '../change.ts'
import { placeName, type KeyScope } from '../directory/directory.ts'

export type KeyKind = 'publishable' | 'secret'

const prefixes: Record<KeyKind, string> = { publishable: 'cb_pub_', secret: 'cb_secret_' }

/** A new key: its prefix tells people and scanners what it is; 160 random bits follow. */
export function makeKey(kind: KeyKind): string {
  return prefixes[kind] + randomBytes(20).toString('hex')
}

export function isSecretKey(text: string): boolean {
  return text.startsWith(prefixes.secret)
}

export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** A key as it is shown. The text of a publishable one stands in every app; that of a secret one is shown once. */
export interface ShownKey {
  readonly id: string
  readonly kind: KeyKind
  readonly name: string
  /** Its last letters. */
  readonly ending: string | null
  readonly key: string | null
  readonly scope: KeyScope | null
  readonly createdAt: string
  readonly createdBy: string | null
  readonly expiresAt: string | null
  /** To the minute. */
  readonly lastUsedAt: string | null
}

export interface NewKey {
  readonly kind: KeyKind
  readonly name?: string | undefined
  readonly scope?: KeyScope | null | undefined
  /** ISO 8601. */
  readonly expiresAt?: string | null | undefined
  /** Who makes it, for people. */
  readonly by?: string | undefined
}

const iso = (column: string) => `to_json(${column}) #>> '{}'`
const shownColumns = `id, kind, coalesce(name, kind) as name, ending, publishable_value as key, scope::text as scope,
  ${iso('created_at')} as "createdAt", created_by as "createdBy", ${iso('expires_at')} as "expiresAt",
  ${iso('last_used_at')} as "lastUsedAt"`

/** Those of an environment, the oldest first. */
export async function listKeys(db: Queryable, environmentId: string): Promise<ShownKey[]> {
  const rows = await db.query<Omit<ShownKey, 'scope'> & { scope: string | null } & Record<string, unknown>>({
    text: `select ${shownColumns} from cloudbox.platform_keys where environment_id = $1 order by created_at, id`,
    values: [environmentId],
  })
  return rows.map(row => ({ ...row, scope: row.scope === null ? null : (JSON.parse(row.scope) as KeyScope) }))
}

/**
 * Makes a key and answers it: the only time a secret key is seen.
 * @throws Problem `platform/invalid-scope`
 */
export async function createKey(
  tx: Tx,
  environment: Environment,
  { kind, name, scope = null, expiresAt = null, by }: NewKey,
): Promise<Made<{ id: string; key: string }>> {
  checkScope(scope)
  const key = makeKey(kind)
  const [row] = await tx.query<{ id: string }>(sql`
    insert into cloudbox.platform_keys
      (environment_id, kind, hash, publishable_value, name, scope, expires_at, ending, created_by)
    values (${environment.id}, ${kind}, ${hashKey(key)}, ${kind === 'publishable' ? key : null}, ${name ?? null},
      ${scope === null ? null : JSON.stringify(scope)}::jsonb, ${expiresAt}::timestamptz, ${key.slice(-4)}, ${by ?? null})
    returning id`)
  const after = { id: row!.id, kind, name: name ?? kind, scope, expiresAt, ending: key.slice(-4) }
  return {
    answer: { id: row!.id, key },
    entries: [{ action: 'key.created', place: placeOf(environment), subject: after.name, after }],
  }
}

/** Makes a key like another one, which ends after a while. */
export async function rotateKey(
  tx: Tx,
  environment: Environment,
  keyId: string,
  overlapSeconds: number,
  by: string,
): Promise<Made<{ id: string; key: string; oldEndsAt: string }>> {
  const old = (await listKeys(tx, environment.id)).find(({ id }) => id === keyId)
  if (old === undefined) throw unknownKey(keyId)
  const made = await createKey(tx, environment, { ...old, by })
  const [row] = await tx.query<{ at: string }>(sql`
    update cloudbox.platform_keys
    set expires_at = least(expires_at, now() + make_interval(secs => ${overlapSeconds}))
    where id = ${keyId} returning to_json(expires_at) #>> '{}' as at`)
  const oldEndsAt = row!.at
  return {
    answer: { ...made.answer, oldEndsAt },
    entries: [
      {
        action: 'key.rotated',
        place: placeOf(environment),
        subject: old.name,
        before: { id: keyId, ending: old.ending, endsAt: oldEndsAt },
        after: { id: made.answer.id, ending: made.answer.key.slice(-4) },
      },
    ],
  }
}

/** Ends a key at once. One that is gone already is no mistake. */
export async function revokeKey(tx: Tx, environment: Environment, keyId: string): Promise<Made<null>> {
  const rows = await tx.query<{ kind: string; name: string | null; ending: string | null }>(sql`
    delete from cloudbox.platform_keys where environment_id = ${environment.id} and id::text = ${keyId}
    returning kind, name, ending`)
  return {
    answer: null,
    entries: rows.map(({ kind, name, ending }) => ({
      action: 'key.revoked',
      place: placeOf(environment),
      subject: name ?? kind,
      before: { id: keyId, kind, ending },
    })),
  }
}

/** The oldest publishable key of an environment without a scope, if it has one. */
export async function publishableKey(db: Database, environmentId: string): Promise<string | undefined> {
  const [row] = await db.query<{ key: string }>(sql`
    select publishable_value as key from cloudbox.platform_keys
    where environment_id = ${environmentId} and kind = 'publishable' and scope is null
      and (expires_at is null or expires_at > now())
    order by created_at limit 1`)
  return row?.key
}

/** Remembers which keys were used, to the minute. */
export async function noteUse(db: Database, keyIds: readonly string[]): Promise<void> {
  if (keyIds.length === 0) return
  await db.query(
    sql`update cloudbox.platform_keys set last_used_at = date_trunc('minute', now()) where id = any(${[...keyIds]}::uuid[])`,
  )
}

/** What a key that is bound to some collections may be for at most. */
const boundPermissions = [
  'documents.*',
  'realtime.listen',
  'collections.read',
  'reference.read',
  'accounts.use',
]

function checkScope(scope: KeyScope | null): void {
  if (scope === null) return
  const { permissions = [], collections } = scope
  for (const pattern of permissions)
    if (!permissionNames.some(name => coversPermission(pattern, name)))
      throw new Problem(platformProblems['invalid-scope'], `There is no permission ${pattern}.`)
  if (collections === undefined) return
  const wide = permissionNames.find(
    name =>
      (scope.permissions === undefined || permissions.some(one => coversPermission(one, name))) &&
      !boundPermissions.some(one => coversPermission(one, name)),
  )
  if (wide !== undefined)
    throw new Problem(
      platformProblems['invalid-scope'],
      `A key for some collections cannot have ${wide}, which is about all of them.`,
      { hint: `Name its permissions, among ${boundPermissions.join(', ')}.` },
    )
}

export function unknownKey(keyId: string): Problem {
  return new Problem(platformProblems['not-found'], `There is no key ${keyId} here.`)
}

function placeOf({ project, name }: Environment): string {
  return placeName(project, name)
}
