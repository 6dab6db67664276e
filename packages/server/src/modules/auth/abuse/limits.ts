import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import type { Bucket } from './take-token.ts'

/** What is limited. */
export type Guarded = keyof typeof guards

interface Guards {
  readonly limit: keyof AuthSettings['rateLimits']
  /** Those of the same name take from the same bucket. */
  readonly bucket: string
  /** Asks for a captcha where the environment wants one: whatever strangers do without having been let in before. */
  readonly captcha: boolean
}

const guards = {
  'sign-up': { limit: 'signUp', bucket: 'sign-up', captcha: true },
  'sign-in': { limit: 'signIn', bucket: 'sign-in', captcha: true },
  /** Shows what was got before: a code, a token of a provider, a passkey. */
  proof: { limit: 'signIn', bucket: 'sign-in', captcha: false },
  mail: { limit: 'mail', bucket: 'mail', captcha: true },
  /** A signed-in user has a mail sent. */
  'own-mail': { limit: 'mail', bucket: 'mail', captcha: false },
  message: { limit: 'mail', bucket: 'mail', captcha: true },
  'own-message': { limit: 'mail', bucket: 'mail', captcha: false },
  confirm: { limit: 'confirm', bucket: 'confirm', captcha: false },
} as const satisfies Record<string, Guards>

/** A burst of this many minutes' worth is let through at once. */
const burstMinutes = 2

/**
 * The buckets a request has to take a token from: those of its network address, and of the address it is about.
 * @param address whom a mail or a message would go to
 */
export function bucketsOf(
  guarded: Guarded,
  { rateLimits }: Pick<AuthSettings, 'rateLimits'>,
  ip: string,
  address: string | undefined,
): Bucket[] {
  const { limit, bucket: name } = guards[guarded]
  const buckets = [bucket(`${name}:ip`, ip, rateLimits[limit])]
  if (address !== undefined)
    buckets.push(bucket('mail:address', address.toLowerCase(), rateLimits.mailPerAddress))
  // Whoever earns from messages to his own numbers has many of them, and many networks.
  if (guarded === 'message' || guarded === 'own-message')
    buckets.push(bucket('message:all', '', rateLimits.messages))
  return buckets.filter(({ perMinute }) => perMinute > 0)
}

export function wantsCaptcha(guarded: Guarded): boolean {
  return guards[guarded].captcha
}

function bucket(name: string, subject: string, perMinute: number): Bucket {
  return { name, subject, perMinute, burst: Math.max(1, perMinute * burstMinutes) }
}
