import { authProblems } from '@cloudbox/protocol/auth'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import type { Log } from '../../../kernel/log.ts'
import { Problem } from '../../../kernel/problem.ts'
import { isBreached } from './is-breached.ts'
import { passwordMistakes, type PasswordPolicy } from './password-mistakes.ts'

/** Throws `auth/weak-password` with everything that is wrong with a new password. */
export type PasswordCheck = (password: string, policy: PasswordPolicy, email: string | null) => Promise<void>

/** @param deps the fetch asks Have I Been Pwned, where an environment wants it */
export function createPasswordCheck({
  fetch,
  log,
}: {
  readonly fetch: typeof globalThis.fetch
  readonly log: Log
}): PasswordCheck {
  return async (password, policy, email) => {
    refuseMistakes(passwordMistakes(password, policy, email))
    if (!policy.refuseBreachedPasswords) return
    const breached = await isBreached(password, fetch).catch((error: Error) => {
      // Somebody else's outage must not keep people from signing up.
      log.warn('auth.breach-look-up-failed', { message: error.message })
      return false
    })
    if (breached)
      refuseMistakes([
        {
          at: '/password',
          message: 'It is in a list of passwords that were stolen elsewhere.',
          hint: 'Change it wherever else it is used, too.',
        },
      ])
  }
}

function refuseMistakes(errors: readonly ProblemDetail[]): void {
  if (errors.length === 0) return
  throw new Problem(authProblems['weak-password'], errors.map(({ message }) => message).join(' '), {
    errors,
    ...(errors[0]!.hint === undefined ? {} : { hint: errors[0]!.hint }),
  })
}
