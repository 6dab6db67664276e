import { authProblems, type User } from '@cloudbox/protocol/auth'
import type { NewUser, UserPatch } from '@cloudbox/protocol/auth-admin'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import type { Flow } from '../flows/flow.ts'
import { storePassword } from '../flows/sign-up.ts'
import { endSessions } from '../sessions/revocations.ts'
import { outdateUser } from '../sessions/outdated.ts'
import { normalEmail, toUser, userJson } from '../users/user-row.ts'
import { auditAdmin, type AdminFlow } from './admin-flow.ts'
import { tellUser, userFields } from './tell-user.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Columns whose names in SQL are those of the wire. */
const columns = [
  'emailVerified',
  'phone',
  'phoneVerified',
  'name',
  'avatarUrl',
  'role',
  'locale',
  'bannedUntil',
] as const
/** Of a user who is made. */
const newColumns = [...columns, 'isAnonymous'] as const
/** What tokens say of a user: when it changes, they have to be made anew. */
const told = ['email', 'emailVerified', 'phone', 'role', 'roles', 'claims'] as const

/** Users whose name, address or id fits, the newest first. */
export async function listUsers(
  { deps, accounts }: Flow,
  { search = '', limit, after }: { search?: string; limit: number; after?: string },
): Promise<{ users: User[]; next: string | null }> {
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`
  const rows = await deps.db.query<{ user: string }>(sql`
    select ${userJson} as user from ${id(accounts.environment.schema, 'users')} u
    where (${search === ''} or u.email ilike ${pattern} or u.name ilike ${pattern} or u.phone like ${pattern}
        or u.id::text = ${search.toLowerCase()})
      and (${after ?? null}::uuid is null or u.id < ${after ?? null}::uuid)
    order by u.id desc limit ${limit + 1}`)
  const users = rows.slice(0, limit).map(row => toUser(row.user))
  return { users, next: rows.length > limit ? users.at(-1)!.id : null }
}

/** @throws Problem `auth/user-not-found` */
export function findUserById(flow: Flow, db: Queryable, userId: string): Promise<User> {
  return readUser(flow, db, userId, sql``)
}

/** Reads a user who stays what he is until the end of the transaction. @throws Problem `auth/user-not-found` */
export function holdUserById(flow: Flow, tx: Tx, userId: string): Promise<User> {
  return readUser(flow, tx, userId, sql`for update`)
}

async function readUser({ accounts }: Flow, db: Queryable, userId: string, lock: Sql): Promise<User> {
  const users = id(accounts.environment.schema, 'users')
  const [row] = uuid.test(userId)
    ? await db.query<{ user: string }>(
        sql`select ${userJson} as user from ${users} u where u.id = ${userId} ${lock}`,
      )
    : []
  if (row === undefined) throw new Problem(authProblems['user-not-found'], `No user has the id ${userId}.`)
  return toUser(row.user)
}

/** Makes a user. No mail is sent. @throws Problem `auth/account-exists` */
export async function createUser(flow: AdminFlow, wanted: NewUser): Promise<User> {
  const { deps, accounts } = flow
  if (wanted.password !== undefined)
    await deps.checkPassword(wanted.password, accounts.settings, wanted.email ?? null)
  const hash = wanted.password === undefined ? wanted.passwordHash : await deps.hasher.hash(wanted.password)
  return deps.db.transaction(async tx => {
    const userId = await insertUser(tx, accounts.environment.schema, wanted, hash)
    if (userId === undefined)
      throw new Problem(
        authProblems['account-exists'],
        'Another user has this address, phone, identity or id.',
      )
    const user = await findUserById(flow, tx, userId)
    await auditAdmin(flow, tx, {
      action: 'user.created',
      userId,
      after: tellUser({ ...wanted, ...user }, Object.keys(wanted)),
    })
    return user
  })
}

/** Writes a new user with all that belongs to him; undefined when something of him is taken. */
export async function insertUser(
  tx: Tx,
  schema: string,
  { id: wantedId, email, claims, metadata, identities = [], createdAt, ...user }: NewUser,
  passwordHash: string | undefined,
): Promise<string | undefined> {
  const named = newColumns.filter(name => name in user)
  const values = named.map(name => sql`${user[name as keyof typeof user] as string | null}`)
  const [row] = await tx.query<{ id: string }>(sql`
    insert into ${id(schema, 'users')}
      (id, email, roles, claims, metadata, created_at, updated_at ${join(
        named.map(name => sql`, ${id(name)}`),
        '',
      )})
    values (coalesce(${wantedId ?? null}::uuid, cb.uuid_v7()), ${email == null ? null : normalEmail(email)},
      ${user.roles ?? []}::text[], ${json(claims)}, ${json(metadata)},
      coalesce(${createdAt ?? null}::timestamptz, now()), now() ${join(
        values.map(value => sql`, ${value}`),
        '',
      )})
    on conflict do nothing returning id`)
  if (row === undefined) return undefined
  if (passwordHash !== undefined) await storePassword(tx, schema, row.id, passwordHash)
  for (const { provider, subject } of identities) {
    const added = await tx.query(sql`
      insert into ${id(schema, 'auth_identities')} (user_id, provider, subject) values (${row.id}, ${provider}, ${subject})
      on conflict do nothing returning id`)
    if (added.length === 0) return undefined
  }
  return row.id
}

/** Changes a user. What his tokens say counts anew at once; a ban ends his sessions. */
export async function patchUser(flow: AdminFlow, userId: string, patch: UserPatch): Promise<User> {
  const { deps, accounts } = flow
  const { environment } = accounts
  const known = await findUserById(flow, deps.db, userId)
  const changed = Object.keys(patch)
  if (changed.length === 0) return known
  const { password } = patch
  if (password !== undefined) await deps.checkPassword(password, accounts.settings, known.email)
  const hash = password === undefined ? undefined : await deps.hasher.hash(password)
  let ended: string[] = []
  const after = await deps.db.transaction(async tx => {
    const before = await holdUserById(flow, tx, userId)
    await refuseTaken(tx, environment.schema, userId, patch)
    const sets = assignments(patch)
    if (sets.length > 0)
      await tx.query(sql`
      update ${id(environment.schema, 'users')} set ${join(sets)} where id = ${userId}`)
    if (hash !== undefined) await storePassword(tx, environment.schema, userId, hash)
    const isOut = patch.bannedUntil != null && Date.parse(patch.bannedUntil) > accounts.clock.now()
    if (isOut || hash !== undefined)
      ended = await endSessions(
        tx,
        environment,
        sql`user_id = ${userId}`,
        isOut ? 'banned' : 'password-changed',
      )
    else if (told.some(name => name in patch)) await outdateUser(tx, accounts, userId)
    const user = await findUserById(flow, tx, userId)
    await auditAdmin(flow, tx, {
      action: isOut ? 'user.banned' : 'user.changed',
      userId: before.id,
      details: { changed },
      before: tellUser(before, changed),
      after: tellUser({ ...patch, ...user }, changed),
    })
    return user
  })
  if (ended.length > 0) await deps.ended(environment, ended)
  return after
}

/** Removes a user with his sessions, identities and factors. */
export async function deleteUser(flow: AdminFlow, userId: string): Promise<void> {
  const { deps, accounts } = flow
  const { environment } = accounts
  const ended = await deps.db.transaction(async tx => {
    const before = await holdUserById(flow, tx, userId)
    const sessionIds = await endSessions(tx, environment, sql`user_id = ${userId}`, 'user-deleted')
    await tx.query(sql`delete from ${id(environment.schema, 'users')} where id = ${userId}`)
    await auditAdmin(flow, tx, {
      action: 'user.deleted',
      userId: before.id,
      before: tellUser(before, userFields),
    })
    return sessionIds
  })
  if (ended.length > 0) await deps.ended(environment, ended)
}

async function refuseTaken(
  tx: Tx,
  schema: string,
  userId: string,
  { email, phone }: UserPatch,
): Promise<void> {
  if (email == null && phone == null) return
  const [taken] = await tx.query(sql`
    select from ${id(schema, 'users')}
    where id <> ${userId} and (email = ${email == null ? null : normalEmail(email)} or phone = ${phone ?? null})`)
  if (taken !== undefined)
    throw new Problem(authProblems['account-exists'], 'Another user has this address or phone.')
}

function assignments({ email, roles, claims, metadata, ...rest }: UserPatch): Sql[] {
  const sets = columns
    .filter(name => name in rest)
    .map(name => sql`${id(name)} = ${rest[name] as string | boolean | null}`)
  if (email !== undefined) sets.push(sql`email = ${email === null ? null : normalEmail(email)}`)
  if (roles !== undefined) sets.push(sql`roles = ${roles}::text[]`)
  if (claims !== undefined) sets.push(sql`claims = ${json(claims)}`)
  if (metadata !== undefined) sets.push(sql`metadata = ${json(metadata)}`)
  return sets
}

function json(value: object | null | undefined): Sql {
  return value == null ? raw('null') : sql`${JSON.stringify(value)}::jsonb`
}
