import { authProblems } from '@cloudbox/protocol/auth'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { audit } from '../audit.ts'
import { refuseUnless, type Flow } from '../flows/flow.ts'
import { proveEmail } from '../flows/prove-email.ts'
import { normalEmail } from '../users/user-row.ts'
import type { Profile, Provider } from './legs/provider.ts'

/** Somebody a provider vouches for. */
export interface Vouched {
  readonly provider: Pick<Provider, 'id' | 'name' | 'trustEmail'>
  readonly profile: Profile
}

export interface Admitted {
  readonly userId: string
  /** Sessions that ended: somebody else had opened them with an address that was not his. */
  readonly sessionIds: readonly string[]
}

/**
 * Finds or makes the user behind an identity. An account that is there already is given only to who proves its address
 * through a provider whose word on that counts; what others put into an account of an unproved address goes first.
 * @throws Problem `auth/account-exists`, `auth/not-enabled`, `auth/provider-refused`
 */
export async function admitIdentity(flow: Flow, tx: Tx, vouched: Vouched): Promise<Admitted> {
  const { schema } = flow.accounts.environment
  await lockIdentity(flow, tx, vouched)
  const owner = await findOwner(tx, schema, vouched)
  if (owner !== undefined) return { userId: owner, sessionIds: [] }
  const admitted = (await adoptAccount(flow, tx, vouched)) ?? (await addUser(flow, tx, vouched))
  await addIdentity(flow, tx, admitted.userId, vouched)
  return admitted
}

/**
 * Adds an identity to the user who asked for it. One without an address gets the identity's, when it is proved and free; an
 * anonymous one is a real one from then on.
 * @throws Problem `auth/identity-taken`
 */
export async function linkIdentity(flow: Flow, tx: Tx, userId: string, vouched: Vouched): Promise<void> {
  const { schema } = flow.accounts.environment
  const { profile, provider } = vouched
  await lockIdentity(flow, tx, vouched)
  const owner = await findOwner(tx, schema, vouched)
  if (owner !== undefined && owner !== userId)
    throw new Problem(
      authProblems['identity-taken'],
      `Another account signs in with this identity of ${provider.name}.`,
    )
  if (owner === undefined) await addIdentity(flow, tx, userId, vouched)
  const users = id(schema, 'users')
  const email = isProved(vouched) ? normalEmail(profile.email!) : null
  await tx.query(sql`
    update ${users} u set "isAnonymous" = false, name = coalesce(name, ${profile.name}),
      "avatarUrl" = coalesce("avatarUrl", ${profile.avatarUrl})
    where id = ${userId}`)
  await tx.query(sql`
    update ${users} set email = ${email}, "emailVerified" = true
    where id = ${userId} and email is null and ${email}::text is not null
      and not exists (select from ${users} where email = ${email})`)
}

/** Two browsers may bring the same person at once. */
async function lockIdentity({ accounts }: Flow, tx: Tx, { provider, profile }: Vouched): Promise<void> {
  if (profile.subject === '')
    throw new Problem(authProblems['provider-refused'], `${provider.name} did not tell who this is.`)
  const name = `cloudbox identity ${accounts.environment.id} ${provider.id} ${profile.subject}`
  await tx.query(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`)
}

async function findOwner(
  tx: Tx,
  schema: string,
  { provider, profile }: Vouched,
): Promise<string | undefined> {
  const [known] = await tx.query<{ user_id: string }>(sql`
    update ${id(schema, 'auth_identities')}
    set last_used_at = now(), email = ${profile.email}, profile = ${JSON.stringify(profile)}
    where provider = ${provider.id} and subject = ${profile.subject} returning user_id`)
  return known?.user_id
}

/** The account that has this address already, once it is sure whose it is. */
async function adoptAccount(flow: Flow, tx: Tx, vouched: Vouched): Promise<Admitted | undefined> {
  const { provider, profile } = vouched
  if (profile.email === null) return undefined
  const email = normalEmail(profile.email)
  const users = id(flow.accounts.environment.schema, 'users')
  const [known] = await tx.query<{ id: string }>(
    sql`select id from ${users} where email = ${email} for update`,
  )
  if (known === undefined) return undefined
  if (!isProved(vouched))
    throw new Problem(authProblems['account-exists'], 'This address has an account with another way in.', {
      hint: `Sign in first, then link ${provider.name}.`,
    })
  return proveEmail(flow, tx, known.id, { email }, false)
}

async function addUser(flow: Flow, tx: Tx, vouched: Vouched): Promise<Admitted> {
  const { accounts, visitor } = flow
  const { provider, profile } = vouched
  refuseUnless(accounts, 'signUp')
  const email = profile.email === null ? null : normalEmail(profile.email)
  const [user] = await tx.query<{ id: string }>(sql`
    insert into ${id(accounts.environment.schema, 'users')} (email, "emailVerified", name, "avatarUrl")
    values (${email}, ${isProved(vouched)}, ${profile.name}, ${profile.avatarUrl})
    on conflict (email) do nothing returning id`)
  // Somebody signed up with it this very moment.
  if (user === undefined) return (await adoptAccount(flow, tx, vouched))!
  await audit(tx, accounts.environment, {
    action: 'user.created',
    userId: user.id,
    actor: user.id,
    ip: visitor.ip,
    details: { provider: provider.id },
  })
  return { userId: user.id, sessionIds: [] }
}

async function addIdentity(
  { accounts: { environment }, visitor }: Flow,
  tx: Tx,
  userId: string,
  { provider, profile }: Vouched,
): Promise<void> {
  await tx.query(sql`
    insert into ${id(environment.schema, 'auth_identities')} (user_id, provider, subject, email, profile)
    values (${userId}, ${provider.id}, ${profile.subject}, ${profile.email}, ${JSON.stringify(profile)})`)
  await audit(tx, environment, {
    action: 'identity.linked',
    userId,
    actor: userId,
    ip: visitor.ip,
    details: { provider: provider.id, subject: profile.subject },
  })
}

function isProved({ provider, profile }: Vouched): boolean {
  return provider.trustEmail && profile.emailVerified && profile.email !== null
}
