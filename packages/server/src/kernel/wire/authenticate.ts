import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Encoder } from './encoder.ts'
import { PgFailure } from './pg-failure.ts'

/** Answers what the server asks for before it lets someone in: trust, cleartext, md5 and SCRAM-SHA-256. */
export function authenticator(user: string, password: string | undefined, out: Encoder) {
  let scram: ReturnType<typeof startScram> | undefined
  const needed = (): string => {
    if (password === undefined) throw new PgFailure('the server wants a password and none was given', '28P01')
    return password
  }
  /** Hears one authentication message; true once the server is content. */
  return (buffer: Buffer, start: number, end: number): boolean => {
    const kind = buffer.readInt32BE(start)
    const text = () => buffer.toString('utf8', start + 4, end)
    switch (kind) {
      case 0:
        return true
      case 3:
        out.password(needed())
        return false
      case 5: {
        const inner = md5(needed() + user)
        out.password(`md5${md5(Buffer.concat([Buffer.from(inner), buffer.subarray(start + 4, end)]))}`)
        return false
      }
      case 10:
        if (!text().split('\0').includes('SCRAM-SHA-256')) break
        scram = startScram(needed())
        out.saslInitial('SCRAM-SHA-256', scram.first)
        return false
      case 11:
        out.saslResponse(scram!.answer(text()))
        return false
      case 12:
        scram!.check(text())
        return false
    }
    throw new PgFailure('the server wants a way to log in that is not known here', '28000')
  }
}

const md5 = (text: string | Buffer) => createHash('md5').update(text).digest('hex')
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** @see https://www.rfc-editor.org/rfc/rfc5802 */
function startScram(password: string) {
  const nonce = randomBytes(18).toString('base64')
  const bare = `n=*,r=${nonce}`
  let signature = Buffer.alloc(0)
  return {
    first: `n,,${bare}`,
    answer(challenge: string): string {
      const { r = '', s = '', i = '' } = attributes(challenge)
      if (!r.startsWith(nonce) || r.length === nonce.length || !/^[1-9]\d{0,6}$/.test(i)) throw refused()
      const salted = pbkdf2Sync(password.normalize('NFKC'), Buffer.from(s, 'base64'), Number(i), 32, 'sha256')
      const key = hmac(salted, 'Client Key')
      const final = `c=biws,r=${r}`
      const message = `${bare},${challenge},${final}`
      const mask = hmac(createHash('sha256').update(key).digest(), message)
      signature = hmac(hmac(salted, 'Server Key'), message)
      return `${final},p=${Buffer.from(key.map((byte, at) => byte ^ mask[at]!)).toString('base64')}`
    },
    /** The server knows the password too, or it is not the server. */
    check(final: string): void {
      const told = Buffer.from(attributes(final)['v'] ?? '', 'base64')
      if (signature.length === 0 || told.length !== signature.length || !timingSafeEqual(told, signature))
        throw refused()
    },
  }
}

const refused = () => new PgFailure('the server could not prove who it is', '28000')

function attributes(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map(part => [part[0]!, part.slice(2)]))
}
