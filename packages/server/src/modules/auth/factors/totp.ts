import { createHmac, timingSafeEqual } from 'node:crypto'

/** RFC 6238 as every authenticator app knows it: SHA-1, six digits, half a minute. */
const stepSeconds = 30
const digits = 6
/** Clocks differ, and typing takes its time: a code of the step before or after counts. */
const tolerance = 1

/** Bytes of a secret (RFC 4226, section 4). */
export const totpSecretBytes = 20

/** The step a code belongs to at that time; undefined when it is wrong. All steps are looked at, so that the time tells nothing. */
export function findStep(secret: Buffer, code: string, nowMs: number): number | undefined {
  const now = Math.floor(nowMs / 1000 / stepSeconds)
  const given = Buffer.from(code)
  let found: number | undefined
  for (let step = now - tolerance; step <= now + tolerance; step++) {
    const expected = Buffer.from(totp(secret, step))
    if (expected.length === given.length && timingSafeEqual(expected, given)) found = step
  }
  return found
}

/** The code of a step: seconds since 1970 over thirty. */
export function totp(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = mac.at(-1)! & 15
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/** What a QR code for authenticator apps says. */
export function totpUri(secret: string, issuer: string, account: string): string {
  // A colon divides issuer and account: it must stand in neither.
  const label = [issuer, account].map(part => encodeURIComponent(part.replaceAll(':', ' '))).join(':')
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer.replaceAll(':', ' '))}&algorithm=SHA1&digits=${digits}&period=${stepSeconds}`
}
