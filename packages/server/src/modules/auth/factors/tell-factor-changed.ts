import type { Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { audit } from '../audit.ts'
import type { Flow } from '../flows/flow.ts'
import type { MailVariables } from '../mail/kinds.ts'
import { deviceName } from '../sessions/device-name.ts'

interface FactorChange extends Pick<MailVariables['factor-changed'], 'factor' | 'change'> {
  readonly userId: string
  /** The user, unless told. */
  readonly actor?: string
  readonly details?: object
}

/** Writes down that what guards an account has changed, and mails its user, so that no thief does it in silence. */
export async function tellFactorChanged(
  { deps, accounts, visitor }: Flow,
  tx: Tx,
  { userId, factor, change, actor = userId, details = {} }: FactorChange,
): Promise<void> {
  const { environment } = accounts
  await audit(tx, environment, {
    action: `factor.${change}`,
    userId,
    actor,
    ip: visitor.ip,
    details: { factor, ...details },
  })
  const [user] = await tx.query<{ email: string; locale: string | null }>(sql`
    select email, locale from ${id(environment.schema, 'users')}
    where id = ${userId} and email is not null and "emailVerified"`)
  if (user === undefined) return
  const isOwn = actor === userId
  const { browser, system } = deviceName((isOwn && visitor.userAgent) || null)
  await deps.mailer.enqueue(tx, environment, {
    to: user.email,
    kind: 'factor-changed',
    languages: [user.locale, isOwn ? visitor.languages : undefined],
    variables: {
      factor,
      change,
      device: [browser, system].filter(Boolean).join(', ') || undefined,
      place: (isOwn && deps.findPlace(visitor.ip)) || undefined,
      atMs: accounts.clock.now(),
    },
  })
}
