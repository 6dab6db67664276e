import type { MailLinkRequest } from '@cloudbox/protocol/auth'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { lifeOf, makeToken, type Purpose } from '../one-time/one-time-token.ts'
import { normalEmail } from '../users/user-row.ts'
import { refuseUnless, type Flow } from './flow.ts'
import { allowedRedirect } from './redirects.ts'
import type { VerifyEmailData } from './sign-up.ts'

/** What a link that signs in knows. */
export interface SignInLinkData {
  readonly email: string
  readonly redirectTo: string | null
  readonly codeChallenge: string | null
}

interface KnownUser {
  readonly id: string
  readonly verified: boolean
  readonly locale: string | null
}

/** Mails a link to set a new password, if the address has an account; the answer is the same if not. */
export async function recover(flow: Flow, request: MailLinkRequest): Promise<void> {
  refuseUnless(flow.accounts, 'password')
  const prepared = prepare(flow, request)
  await flow.deps.db.transaction(async tx => {
    const user = await findUser(tx, flow, prepared.data.email)
    if (user === undefined) await pretend(flow, tx)
    else await send(flow, tx, 'recover', user, prepared)
  })
}

/** Mails the verification link again, if it is still needed. */
export async function resend(flow: Flow, request: MailLinkRequest): Promise<void> {
  const prepared = prepare(flow, request)
  await flow.deps.db.transaction(async tx => {
    const user = await findUser(tx, flow, prepared.data.email)
    if (user === undefined || user.verified) return pretend(flow, tx)
    const data: VerifyEmailData = { ...prepared.data, passwordHash: await onlyPassword(tx, flow, user.id) }
    await send(flow, tx, 'verify-email', user, { ...prepared, data })
  })
}

/** The password of a sign-up, unless several have signed up with the address: then it could be a thief's. */
async function onlyPassword(tx: Tx, { accounts }: Flow, userId: string): Promise<string | null> {
  const [row] = await tx.query<{ hash: string }>(
    sql`select hash from ${id(accounts.environment.schema, 'auth_passwords')} where user_id = ${userId}`,
  )
  return row?.hash ?? null
}

/** Mails a link that signs in; a stranger's makes an account when it is opened. */
export async function sendMagicLink(
  flow: Flow,
  request: MailLinkRequest,
  mayCreateUser: boolean,
): Promise<void> {
  refuseUnless(flow.accounts, 'magicLink')
  const prepared = prepare(flow, request)
  await flow.deps.db.transaction(async tx => {
    const user = await findUser(tx, flow, prepared.data.email)
    if (user === undefined && !mayCreateUser) await pretend(flow, tx)
    else await send(flow, tx, 'magic-link', user, prepared)
  })
}

interface Prepared {
  readonly base: string
  readonly data: SignInLinkData
}

function prepare({ deps, accounts, visitor }: Flow, request: MailLinkRequest): Prepared {
  const { settings, environment } = accounts
  return {
    base: deps.linkBase(environment, visitor.origin),
    data: {
      email: normalEmail(request.email),
      redirectTo: allowedRedirect(settings, environment, request.redirectTo) ?? null,
      codeChallenge: request.codeChallenge ?? null,
    },
  }
}

/** The user of an address. */
export async function findUser(
  tx: Queryable,
  { accounts }: Flow,
  email: string,
): Promise<KnownUser | undefined> {
  const [user] = await tx.query<KnownUser & Record<string, unknown>>(sql`
    select id, "emailVerified" as verified, locale from ${id(accounts.environment.schema, 'users')} where email = ${email}`)
  return user
}

const kinds = {
  recover: 'reset-password',
  'verify-email': 'verify-email',
  'magic-link': 'magic-link',
} as const

/** Takes as long as sending does: the time must not tell whether the address has an account. */
async function pretend({ deps, accounts }: Flow, tx: Tx): Promise<void> {
  const purpose = 'recover'
  await makeToken(tx, accounts.environment, { purpose, data: { email: 'nobody', redirectTo: null } })
  await deps.mailer.pretend(tx, accounts.environment)
}

async function send(
  { deps, accounts, visitor }: Flow,
  tx: Tx,
  purpose: keyof typeof kinds & Purpose,
  user: KnownUser | undefined,
  { base, data }: Prepared,
): Promise<void> {
  const token = await makeToken(tx, accounts.environment, { purpose, userId: user?.id, data })
  await deps.mailer.enqueue(tx, accounts.environment, {
    to: data.email,
    kind: kinds[purpose],
    languages: [user?.locale, visitor.languages],
    variables: { link: `${base}/confirm?token=${token}`, expiresInSeconds: lifeOf(purpose) },
  })
}
