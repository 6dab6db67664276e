import { availableParallelism } from 'node:os'
import { authProblems } from '@cloudbox/protocol/auth'
import { hash as argon2Hash } from '@node-rs/argon2'
import { Problem } from '../../../kernel/problem.ts'
import { limitConcurrency } from '../../../lib/limit-concurrency.ts'
import { readHash } from './foreign/read-hash.ts'

export interface Hasher {
  /** A new hash, salted, of the password in Unicode's composed form: it may be typed on any keyboard. */
  hash(password: string): Promise<string>
  /** `needsRehash`: the password is right and its hash is not of our own making and cost. */
  verify(stored: string, password: string): Promise<{ isRight: boolean; needsRehash: boolean }>
  /** Costs what a verification costs, for an address nobody has: time must not tell. */
  verifyNothing(password: string): Promise<void>
}

export interface HasherOptions {
  /** How many hashes are computed at once; each takes a core and 19 MiB. */
  readonly concurrency?: number
  /** How many may wait; who comes after them gets `auth/busy`. */
  readonly queue?: number
}

/** OWASP's first choice: argon2id, the library's default algorithm. Kibibytes, passes, lanes. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const ownStart = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$`

/** Node has four threads for all that waits: one is left for files and names. */
const mostAtOnce = 3

/** Hashes passwords on the thread pool, a bounded number of them: a flood of sign-ins gets 503 and not all memory. */
export function createHasher({
  concurrency = Math.min(mostAtOnce, availableParallelism()),
  queue = 200,
}: HasherOptions = {}): Hasher {
  const inTurn = limitConcurrency(concurrency, { places: queue, refuse: busy })
  const hash = (password: string) => inTurn(() => argon2Hash(password.normalize('NFC'), cost))
  return {
    hash,
    async verify(stored, password) {
      const isOwn = stored.startsWith(ownStart)
      const verify = readHash(stored)
      // Others hashed what they were sent, composed or not.
      const isRight = await inTurn(() => verify(isOwn ? password.normalize('NFC') : password))
      return { isRight, needsRehash: isRight && !isOwn }
    },
    async verifyNothing(password) {
      await hash(password)
    },
  }
}

function busy(): Problem {
  return new Problem(authProblems.busy, 'Too many passwords wait to be checked.', {
    headers: { 'retry-after': '2' },
  })
}
