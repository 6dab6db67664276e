import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import type { Bucket } from './take-token.ts'

/** What is limited. */
export type Guarded = 'sign-up' | 'sign-in' | 'mail' | 'confirm'

/** A burst of this many minutes' worth is let through at once. */
const burstMinutes = 2

/**
 * The buckets a request has to take a token from: those of its network address, and of the mail address it is about.
 * @param address whom a mail would go to
 */
export function bucketsOf(
  guarded: Guarded,
  { rateLimits }: Pick<AuthSettings, 'rateLimits'>,
  ip: string,
  address: string | undefined,
): Bucket[] {
  const perMinute = {
    'sign-up': rateLimits.signUp,
    'sign-in': rateLimits.signIn,
    mail: rateLimits.mail,
    confirm: rateLimits.confirm,
  }[guarded]
  const buckets = [bucket(`${guarded}:ip`, ip, perMinute)]
  if (guarded === 'mail' && address !== undefined)
    buckets.push(bucket('mail:address', address.toLowerCase(), rateLimits.mailPerAddress))
  return buckets.filter(({ perMinute }) => perMinute > 0)
}

function bucket(name: string, subject: string, perMinute: number): Bucket {
  return { name, subject, perMinute, burst: Math.max(1, perMinute * burstMinutes) }
}
