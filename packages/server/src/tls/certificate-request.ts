import { createPublicKey, sign, type KeyObject } from 'node:crypto'
import { der } from '../lib/der.ts'

const oids = {
  extensionRequest: '1.2.840.113549.1.9.14',
  subjectAltName: '2.5.29.17',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
}

/** A request for a certificate of one name (PKCS #10, RFC 2986), signed with the P-256 key it is for. */
export function certificateRequest(domain: string, key: KeyObject): Uint8Array {
  const names = der.sequence(der.tagged(0x82, Buffer.from(domain, 'ascii')))
  const extensions = der.sequence(der.sequence(der.oid(oids.subjectAltName), der.octets(names)))
  const info = der.sequence(
    der.integer(Uint8Array.of(0)),
    // The name stands in the extension; a subject has not been read by anybody for long.
    der.sequence(),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der.tagged(0xa0, der.sequence(der.oid(oids.extensionRequest), der.set(extensions))),
  )
  return der.sequence(info, der.sequence(der.oid(oids.ecdsaWithSha256)), der.bits(sign('sha256', info, key)))
}
