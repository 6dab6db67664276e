import { pbkdf2 as derive, timingSafeEqual } from 'node:crypto'
import { HashMistake, type HashReader } from './hash-reader.ts'
import { readBase64 } from './read-base64.ts'

const passlib = /^\$pbkdf2(?:-(sha256|sha512))?\$(\d{1,8})\$([A-Za-z0-9./]{1,128})\$([A-Za-z0-9./]{22,128})$/
const django = /^pbkdf2_(sha256|sha1)\$(\d{1,8})\$([^$]{1,128})\$([A-Za-z0-9+/=]{22,128})$/
/** About a second of one core. */
const maxRounds = 2_000_000

/** PBKDF2 as passlib (`$pbkdf2-sha256$…`) and Django (`pbkdf2_sha256$…`) store it. */
export const pbkdf2: HashReader = {
  start: /^\$pbkdf2[$-]|^pbkdf2_/,
  read(text) {
    const { digest, rounds, salt, hash } = readPasslib(text) ?? readDjango(text) ?? unknownShape()
    if (rounds < 1 || rounds > maxRounds)
      throw new HashMistake(`It has ${rounds} rounds; up to ${maxRounds} are allowed.`)
    return password =>
      new Promise((resolve, reject) =>
        derive(password, salt, rounds, hash.length, digest, (error, key) =>
          error === null ? resolve(timingSafeEqual(key, hash)) : reject(error),
        ),
      )
  },
}

function readPasslib(text: string) {
  const [, digest = 'sha1', rounds, salt, hash] = passlib.exec(text) ?? []
  if (hash === undefined) return undefined
  // Passlib writes base64 with a dot in place of the plus.
  const read = (part: string, what: string) => readBase64(part.replaceAll('.', '+'), what)
  return { digest, rounds: Number(rounds), salt: read(salt!, 'salt'), hash: read(hash, 'hash') }
}

function readDjango(text: string) {
  const [, digest, rounds, salt, hash] = django.exec(text) ?? []
  if (hash === undefined) return undefined
  return {
    digest: digest!,
    rounds: Number(rounds),
    salt: Buffer.from(salt!),
    hash: readBase64(hash, 'hash'),
  }
}

function unknownShape(): never {
  throw new HashMistake(
    'It should look like $pbkdf2-sha256$<rounds>$<salt>$<hash> or pbkdf2_sha256$<rounds>$<salt>$<hash>.',
  )
}
