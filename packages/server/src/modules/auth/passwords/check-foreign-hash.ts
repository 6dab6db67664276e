import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import { HashMistake } from './foreign/hash-reader.ts'
import { readHash } from './foreign/read-hash.ts'

/**
 * Makes sure that a hash somebody imports is one we can verify, at a bounded cost.
 * @param at where it stands in the request, e.g. `/users/3/passwordHash`
 */
export function checkForeignHash(text: string, at: string): void {
  try {
    readHash(text)
  } catch (error) {
    if (!(error instanceof HashMistake)) throw error
    throw new Problem(authProblems['unknown-hash'], 'A password hash cannot be imported.', {
      errors: [{ at, message: error.message }],
      cause: error,
    })
  }
}
