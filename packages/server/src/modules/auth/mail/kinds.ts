/** A link that works once, for a while. */
interface Linked {
  readonly link: string
  readonly expiresInSeconds: number
}

/** Where something was done, as far as it is known. */
interface Doing {
  /** In words: `Firefox on Linux`. */
  readonly device?: string | undefined
  /** In words: `Leipzig, Germany`. */
  readonly place?: string | undefined
  readonly atMs: number
}

/** What each kind of mail has to be told. */
export interface MailVariables {
  /** Sign-up: proves that the address is the user's. */
  readonly 'verify-email': Linked
  readonly 'reset-password': Linked
  readonly 'magic-link': Linked
  /** Six digits that sign in. */
  readonly 'email-code': { readonly code: string; readonly expiresInSeconds: number }
  /** To a phone: six digits that sign in or prove its number. The message is the subject. */
  readonly 'phone-code': { readonly code: string; readonly expiresInSeconds: number }
  /** To the new address: proves that it is the user's. */
  readonly 'change-email': Linked
  /** To the old address. */
  readonly 'email-changed': Doing & { readonly newEmail: string }
  readonly 'password-changed': Doing
  /** Somebody signed up with an address that has an account. The link leads to the sign-in of the app. */
  readonly 'already-registered': { readonly link: string }
  readonly invite: Linked
  /** Somebody signed in from a device that was never seen before. */
  readonly 'new-device': Doing
  readonly 'factor-changed': Doing & {
    readonly factor: 'authenticator' | 'passkey' | 'phone' | 'backup-codes'
    readonly change: 'added' | 'removed'
  }
  /** To whoever keeps the app running: something is not as it should be, or is again. */
  readonly alert: {
    /** One line. */
    readonly headline: string
    readonly summary: string
    /** What was measured, with its unit. */
    readonly measured: string
    readonly link: string
    /** When it began. */
    readonly atMs: number
  }
}

export type MailKind = keyof MailVariables

/** What is known of a mail when its kind is not: every variable there is. */
export interface AnyMailVariables extends Partial<Linked>, Partial<Doing> {
  readonly code?: string
  readonly newEmail?: string
  readonly headline?: string
  readonly summary?: string
  readonly measured?: string
  readonly factor?: MailVariables['factor-changed']['factor']
  readonly change?: MailVariables['factor-changed']['change']
}

const linked = ['appName', 'email', 'link', 'expiresIn'] as const
const doing = ['appName', 'email', 'device', 'place', 'time'] as const

/** The variables that templates of a kind may name. */
export const templateVariables = {
  'verify-email': linked,
  'reset-password': linked,
  'magic-link': linked,
  'email-code': ['appName', 'email', 'code', 'expiresIn'],
  'phone-code': ['appName', 'email', 'code', 'expiresIn'],
  'change-email': linked,
  'email-changed': [...doing, 'newEmail'],
  'password-changed': doing,
  'already-registered': ['appName', 'email', 'link'],
  invite: linked,
  'new-device': doing,
  'factor-changed': [...doing, 'factor', 'change'],
  alert: ['appName', 'email', 'link', 'headline', 'summary', 'measured', 'time'],
} as const satisfies Record<MailKind, readonly string[]>

export const mailKinds = Object.keys(templateVariables) as MailKind[]

export function isMailKind(text: string): text is MailKind {
  return Object.hasOwn(templateVariables, text)
}
