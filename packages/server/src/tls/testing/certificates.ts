import { createPublicKey, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { der } from '../../lib/der.ts'
import { freshKey, pemOf } from '../certificate-folder.ts'

const oids = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  subjectAltName: '2.5.29.17',
}

/** Something that signs certificates, trusted by whoever trusts its own. */
export interface TestCa {
  /** Its own certificate, PEM. */
  readonly cert: string
  readonly key: KeyObject
}

interface Wanted {
  readonly publicKey: KeyObject
  readonly name: string
  readonly lifeMs: number
  readonly isCa?: boolean
  /** An address instead of a name. */
  readonly ip?: Uint8Array
}

export function testCa(): TestCa {
  const key = freshKey()
  const publicKey = createPublicKey(key)
  const name = `Test CA ${randomBytes(4).toString('hex')}`
  return { key, cert: write({ publicKey, name, lifeMs: 86_400_000, isCa: true }, name, key) }
}

/** A certificate for a name, PEM. It is good from a minute ago on. */
export function certificateBy({ cert, key }: TestCa, wanted: Omit<Wanted, 'isCa'>): string {
  const [, issuer = ''] = /CN=(.*)/.exec(new X509Certificate(cert).subject) ?? []
  return write(wanted, issuer, key)
}

/** A key and a certificate for it, PEM. */
export function pairBy(ca: TestCa, name: string, lifeMs = 86_400_000, ip?: Uint8Array) {
  const key = freshKey()
  const wanted = { publicKey: createPublicKey(key), name, lifeMs, ...(ip === undefined ? {} : { ip }) }
  return { key: pemOf(key), cert: certificateBy(ca, wanted) }
}

function write(
  { publicKey, name, lifeMs, isCa = false, ip }: Wanted,
  issuer: string,
  signer: KeyObject,
): string {
  const now = Date.now()
  const algorithm = der.sequence(der.oid(oids.ecdsaWithSha256))
  const alternatives = [
    der.tagged(0x82, Buffer.from(name)),
    ...(ip === undefined ? [] : [der.tagged(0x87, ip)]),
  ]
  const extension = isCa
    ? der.sequence(
        der.oid(oids.basicConstraints),
        der.octets(der.sequence(der.tagged(0x01, Uint8Array.of(0xff)))),
      )
    : der.sequence(der.oid(oids.subjectAltName), der.octets(der.sequence(...alternatives)))
  const content = der.sequence(
    der.tagged(0xa0, der.integer(Uint8Array.of(2))),
    der.integer(randomBytes(8)),
    algorithm,
    nameOf(issuer),
    der.sequence(timeOf(now - 60_000), timeOf(now - 60_000 + lifeMs)),
    nameOf(isCa ? name : ''),
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(0xa3, der.sequence(extension)),
  )
  const whole = der.sequence(content, algorithm, der.bits(sign('sha256', content, signer)))
  const lines = Buffer.from(whole).toString('base64').replaceAll(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function nameOf(commonName: string): Uint8Array {
  if (commonName === '') return der.sequence()
  const value = der.tagged(0x0c, Buffer.from(commonName))
  return der.sequence(der.set(der.sequence(der.oid(oids.commonName), value)))
}

/** GeneralizedTime: YYYYMMDDHHMMSSZ. */
function timeOf(ms: number): Uint8Array {
  const text = new Date(ms).toISOString().replace(/\.\d+/, '').replaceAll(/[-:T]/g, '')
  return der.tagged(0x18, Buffer.from(text))
}
