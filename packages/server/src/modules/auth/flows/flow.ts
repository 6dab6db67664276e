import { authProblems } from '@cloudbox/protocol/auth'
import type { Caller, Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { Guard } from '../abuse/guard.ts'
import type { Accounts } from '../accounts.ts'
import type { Hasher } from '../passwords/hash-password.ts'
import type { PasswordCheck } from '../passwords/password-check.ts'
import type { Provider } from '../oauth/legs/provider.ts'
import type { Mailer } from '../mail/mailer.ts'
import type { Messenger } from '../phone/messenger.ts'
import type { FindPlace } from '../sessions/find-place.ts'
import type { Visitor } from '../sessions/visitor.ts'

/** What the ways in and out of an account stand on. */
export interface FlowDeps {
  readonly db: Database
  readonly vault: Vault
  readonly hasher: Hasher
  readonly mailer: Mailer
  readonly messenger: Messenger
  readonly findPlace: FindPlace
  readonly checkPassword: PasswordCheck
  /** Identity providers of other modules. */
  readonly providers: ReadonlyMap<string, Provider>
  /** Where links begin, `…/v1/auth`. */
  linkBase(environment: Environment, origin: string): string
  /** Every process refuses the tokens of these sessions when it resolves. */
  ended(environment: Environment, sessionIds: readonly string[]): Promise<void>
}

/** One request to the accounts of an environment. */
export interface Flow {
  readonly deps: FlowDeps
  readonly accounts: Accounts
  readonly visitor: Visitor
  /** Counts attempts. */
  readonly guard: Guard
  /** Headers of the answer: how many more requests are let through. */
  readonly headers: Readonly<Record<string, string>>
}

/** @throws Problem `auth/not-enabled` */
export function refuseUnless(
  { settings }: Accounts,
  way: 'signUp' | 'password' | 'magicLink' | 'emailCode' | 'phoneCode' | 'anonymous' | 'passkeys',
): void {
  if (settings[way]) return
  throw new Problem(authProblems['not-enabled'], `${way} is switched off in the settings of accounts.`)
}

/** A user with a session of his own. */
export interface SignedIn {
  readonly userId: string
  readonly sessionId: string
  readonly aal: number
  readonly methods: readonly string[]
  /** When the session's token was made, ms since 1970. */
  readonly issuedAtMs: number
  readonly impersonatedBy: string | undefined
}

/** The user who asks. @throws Problem `auth/sign-in-needed` */
export function signedIn(caller: Caller): SignedIn {
  const claims = caller.kind === 'user' ? caller.claims : {}
  const { sid, aal, amr, iat, act } = claims
  if (caller.kind !== 'user' || typeof sid !== 'string')
    throw new Problem(authProblems['sign-in-needed'], 'The request shows no session of a user.')
  return {
    userId: caller.uid,
    sessionId: sid,
    aal: Number(aal),
    methods: amr as string[],
    issuedAtMs: Number(iat) * 1000,
    impersonatedBy: (act as { sub?: string } | undefined)?.sub,
  }
}
