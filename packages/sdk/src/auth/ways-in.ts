import type { AuthOptions, SessionReply, SignUpReply, User } from '@cloudbox/protocol/auth'
import type { Result } from '../result.ts'
import { askAsNobody, enter, settle, withData, type AuthContext, type SignedIn } from './context.ts'
import type { Session } from './session-keeper.ts'

/** Where a mailed link leads, and who may use it. */
export interface LinkOptions {
  /** Where to go when the link was opened; one of the allowed redirects. The app's own address unless told. */
  readonly redirectTo?: string
  /**
   * The link opens a session in whatever browser it is opened, not only in this one. Then the page it leads to has to call
   * `exchangeCodeForSession` itself.
   */
  readonly anyDevice?: boolean
  /** What the captcha gave, where the settings ask for one. */
  readonly captchaToken?: string
}

/** A new account. */
export interface SignUp extends LinkOptions {
  readonly email: string
  readonly password: string
  readonly name?: string
  /** What the user may change himself. */
  readonly metadata?: Record<string, unknown>
  /** Language of mails, e.g. `de`. */
  readonly locale?: string
}

/** What came of a sign-up: a session, or null until the address is verified. */
export interface SignedUp {
  readonly user: User | null
  readonly session: Session | null
  /** A mail with a link is on its way. */
  readonly confirmationSent: boolean
}

export interface SignInWithPassword {
  readonly email: string
  readonly password: string
  readonly captchaToken?: string
}

/** A mailed link or code, or a code sent to a phone. */
export type SignInWithOtp = LinkOptions & {
  /** Whether an unknown address gets an account; it does unless told. */
  readonly createUser?: boolean
} & (
    | {
        readonly email: string
        /** A link, unless told, or a code to type in. */
        readonly kind?: 'link' | 'code'
      }
    | {
        /** E.164, as in `+491701234567`. */
        readonly phone: string
      }
  )

/** A code that was typed in, and where it was sent to. */
export type VerifyOtp = { readonly code: string } & ({ readonly email: string } | { readonly phone: string })

/** A token that a provider gave the app, such as by Google's own button or on a phone. */
export interface SignInWithIdToken {
  readonly provider: string
  readonly idToken: string
  /** The nonce the token was asked for with; its SHA-256 in hex may stand in the token instead. */
  readonly nonce?: string
}

/** Ways in that need nothing but a question and its answer. */
export interface WaysIn {
  /** What there is to offer. */
  options(): Promise<Result<AuthOptions>>
  /**
   * Makes an account. Where addresses are verified, `session` is null until the link in the mail was opened, whether there
   * was such an account before or not.
   *
   * @example
   * const { data, error } = await box.auth.signUp({ email, password, name: 'Ada' })
   * if (data?.confirmationSent) console.log('Look into your mailbox')
   */
  signUp(request: SignUp): Promise<Result<SignedUp>>
  /**
   * @example
   * const { data, error } = await box.auth.signInWithPassword({ email, password })
   * if (error?.code === 'auth/wrong-credentials') console.log('Try again')
   */
  signInWithPassword(request: SignInWithPassword): Promise<Result<SignedIn>>
  /** Mails a link, or a code for `verifyOtp`, that signs in; or sends a code to a phone. The answer is the same for every address. */
  signInWithOtp(request: SignInWithOtp): Promise<Result<null>>
  /** Signs in with a code. */
  verifyOtp(request: VerifyOtp): Promise<Result<SignedIn>>
  signInWithIdToken(request: SignInWithIdToken): Promise<Result<SignedIn>>
  /** Makes an account without credentials. It becomes a real one with `updateUser({ email, password })` or `linkIdentity`. */
  signInAnonymously(options?: { readonly captchaToken?: string }): Promise<Result<SignedIn>>
  /** Mails a link to set a new password; opening it gives the event `PASSWORD_RECOVERY` and a session to do it with. */
  resetPasswordForEmail(email: string, options?: LinkOptions): Promise<Result<null>>
  /** Mails the link of a sign-up again. */
  resend(email: string, options?: LinkOptions): Promise<Result<null>>
}

export function waysIn(context: AuthContext): WaysIn {
  const session = async (path: string, body?: object) =>
    enter(context, await askAsNobody<SessionReply>(context, path, body))
  /** A link belongs to this browser unless told otherwise. */
  const link = async <Body extends LinkOptions>({ anyDevice, ...body }: Body) => {
    const codeChallenge = anyDevice ? undefined : await context.proofKeys.challenge()
    return { ...body, ...(codeChallenge !== undefined && { codeChallenge }) }
  }
  const mail = async <Body extends LinkOptions>(path: string, body: Body) =>
    withData(await askAsNobody(context, path, await link(body)), null)
  return {
    async options() {
      const answer = await context.sendAsNobody({ method: 'GET', path: '/auth/options' })
      return settle(context, answer as Result<AuthOptions>)
    },
    async signUp(request) {
      const answer = await askAsNobody<SignUpReply>(context, '/sign-up', await link(request))
      if (answer.error !== null) return answer
      const { session, confirmationSent } = answer.data
      if (session !== null) await enter(context, withData(answer, session))
      return withData(answer, { user: session?.user ?? null, session, confirmationSent })
    },
    signInWithPassword: request => session('/sign-in', request),
    async signInWithOtp(request) {
      // A code is typed in: nobody comes back with it by a redirect.
      const isTyped = 'phone' in request || request.kind === 'code'
      return mail('/otp', isTyped ? { ...request, anyDevice: true } : request)
    },
    verifyOtp: request => session('/verify', request),
    signInWithIdToken: request => session('/id-token', request),
    signInAnonymously: (options = {}) => session('/anonymous', options),
    resetPasswordForEmail: (email, options) => mail('/recover', { ...options, email }),
    resend: (email, options) => mail('/resend', { ...options, email }),
  }
}
