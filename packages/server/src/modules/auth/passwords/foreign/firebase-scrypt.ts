import { createCipheriv, timingSafeEqual } from 'node:crypto'
import { checkScryptCost, deriveScrypt } from './derive-scrypt.ts'
import { HashMistake, type HashReader } from './hash-reader.ts'
import { readBase64 } from './read-base64.ts'

const base64 = '[A-Za-z0-9+/]{0,512}={0,2}'
const shape = new RegExp(
  `^\\$fbscrypt\\$v=1,n=(\\d{1,2}),r=(\\d{1,4}),p=(\\d{1,4}),ss=(${base64}),sk=(${base64})\\$(${base64})\\$(${base64})$`,
)

/**
 * Firebase's own scrypt: what scrypt derives is the key that encrypts the project's signer key, and that is the hash.
 * Stored as `$fbscrypt$v=1,n=<mem_cost>,r=<rounds>,p=1,ss=<salt separator>,sk=<signer key>$<salt>$<hash>`.
 */
export const firebaseScrypt: HashReader = {
  start: /^\$fbscrypt\$/,
  read(text) {
    const [, logN, r, p, separator, signer, saltText, hashText] = shape.exec(text) ?? []
    if (hashText === undefined)
      throw new HashMistake(
        'It should look like $fbscrypt$v=1,n=<mem_cost>,r=<rounds>,p=1,ss=<salt separator>,sk=<signer key>$<salt>$<hash>.',
      )
    const cost = { logN: Number(logN), r: Number(r), p: Number(p) }
    checkScryptCost(cost)
    const salt = Buffer.concat([readBase64(saltText!, 'salt'), readBase64(separator!, 'salt separator')])
    const signerKey = readBase64(signer!, 'signer key')
    const hash = readBase64(hashText, 'hash')
    if (hash.length < 16 || hash.length !== signerKey.length)
      throw new HashMistake('The hash should be as long as the signer key (64 bytes).')
    return async password => {
      const key = await deriveScrypt(password, salt, 32, cost)
      const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
      return timingSafeEqual(Buffer.concat([cipher.update(signerKey), cipher.final()]), hash)
    }
  },
}
