import { timingSafeEqual } from 'node:crypto'
import { checkScryptCost, deriveScrypt } from './derive-scrypt.ts'
import { HashMistake, type HashReader } from './hash-reader.ts'
import { readBase64 } from './read-base64.ts'

const shape =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/=]{1,128})\$([A-Za-z0-9+/=]{16,128})$/

/** Scrypt in the common form `$scrypt$ln=16,r=8,p=1$salt$hash`. */
export const scrypt: HashReader = {
  start: /^\$scrypt\$/,
  read(text) {
    const [, logN, r, p, saltText, hashText] = shape.exec(text) ?? []
    if (hashText === undefined)
      throw new HashMistake('It should look like $scrypt$ln=16,r=8,p=1$<salt>$<hash>.')
    const cost = { logN: Number(logN), r: Number(r), p: Number(p) }
    checkScryptCost(cost)
    const salt = readBase64(saltText!, 'salt')
    const hash = readBase64(hashText, 'hash')
    return async password => timingSafeEqual(await deriveScrypt(password, salt, hash.length, cost), hash)
  },
}
