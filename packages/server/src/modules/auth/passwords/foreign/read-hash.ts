import { argon2 } from './argon2.ts'
import { bcrypt } from './bcrypt.ts'
import { firebaseScrypt } from './firebase-scrypt.ts'
import { HashMistake, type Verify } from './hash-reader.ts'
import { pbkdf2 } from './pbkdf2.ts'
import { scrypt } from './scrypt.ts'

const readers = [argon2, bcrypt, firebaseScrypt, scrypt, pbkdf2]

/**
 * Reads a stored hash of any kind we know.
 * @throws HashMistake when there is no such kind, or the text is not as it should be, or too costly
 */
export function readHash(text: string): Verify {
  const reader = readers.find(({ start }) => start.test(text))
  if (reader === undefined)
    throw new HashMistake(
      'Known are bcrypt ($2b$…), argon2 ($argon2id$…), Firebase scrypt ($fbscrypt$…), scrypt ($scrypt$…) and PBKDF2 ($pbkdf2-sha256$…, pbkdf2_sha256$…).',
    )
  return reader.read(text)
}
