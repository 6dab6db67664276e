import type { Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Accounts } from '../accounts.ts'
import { audit } from '../audit.ts'
import { accountUsed } from '../count-events.ts'
import type { Granted, Newcomer } from '../hooks.ts'

/** Asks those who have a say about a new account, and gathers what they give it. */
export async function askBeforeSignUp(
  { hooks, environment }: Accounts,
  newcomer: Omit<Newcomer, 'environment' | 'phone'> & { readonly phone?: string },
): Promise<Granted> {
  const answers = await hooks.beforeSignUp.ask({ phone: null, ...newcomer, environment })
  return answers.reduce<Granted>((all, { role, roles, claims } = {}) => {
    const merged = { roles: [...(all.roles ?? []), ...(roles ?? [])], claims: { ...all.claims, ...claims } }
    const named = role ?? all.role
    return { ...merged, ...(named === undefined ? {} : { role: named }) }
  }, {})
}

export interface NewAccount {
  readonly email: string | null
  readonly emailVerified?: boolean
  /** Proved to be his. */
  readonly phone?: string | null
  readonly name?: string | null | undefined
  readonly avatarUrl?: string | null
  readonly metadata?: object | undefined
  readonly locale?: string | undefined
  readonly isAnonymous?: boolean
  /** What the hooks gave. */
  readonly granted: Granted
  readonly ip: string
  /** For the audit log. */
  readonly details?: object
}

/** Makes an account; undefined when its address or phone has one. */
export async function addUser(
  tx: Tx,
  { environment }: Accounts,
  {
    email,
    emailVerified = false,
    phone = null,
    name = null,
    avatarUrl = null,
    metadata,
    locale = undefined,
    isAnonymous = false,
    granted: { role, roles, claims },
    ip,
    details = {},
  }: NewAccount,
): Promise<string | undefined> {
  const json = (value: object | undefined) =>
    value === undefined || Object.keys(value).length === 0 ? null : JSON.stringify(value)
  const [user] = await tx.query<{ id: string }>(sql`
    insert into ${id(environment.schema, 'users')}
      (email, "emailVerified", phone, "phoneVerified", name, "avatarUrl", metadata, locale, "isAnonymous", role, roles, claims)
    values (${email}, ${emailVerified}, ${phone}, ${phone !== null}, ${name}, ${avatarUrl}, ${json(metadata)}::jsonb, ${locale ?? null},
      ${isAnonymous}, ${role ?? null}, ${[...new Set(roles)]}::text[], ${json(claims)}::jsonb)
    on conflict do nothing returning id`)
  if (user === undefined) return undefined
  await audit(tx, environment, { action: 'user.created', userId: user.id, actor: user.id, ip, details })
  await tx.emit(accountUsed, { environmentId: environment.id, event: 'signed-up' })
  return user.id
}
