import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type JsonWebKey } from 'node:crypto'
import { promisify } from 'node:util'
import type { Algorithm, TokenKey } from '../tokens/jwt.ts'

/** Algorithms an environment can choose. */
export type SigningAlgorithm = Exclude<Algorithm, 'HS256'>

/** A fresh key: the public part as others get it, the private part to be sealed. */
export interface FreshKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly publicJwk: JsonWebKey
  /** PKCS #8, DER. */
  readonly privateDer: Buffer
}

const generate = promisify(generateKeyPair)

export async function makeSigningKey(algorithm: SigningAlgorithm): Promise<FreshKey> {
  const { publicKey, privateKey } = await pair(algorithm)
  const kid = randomBytes(12).toString('base64url')
  return {
    kid,
    algorithm,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
    privateDer: privateKey.export({ type: 'pkcs8', format: 'der' }),
  }
}

function pair(algorithm: SigningAlgorithm) {
  if (algorithm === 'EdDSA') return generate('ed25519')
  if (algorithm === 'RS256') return generate('rsa', { modulusLength: 2048 })
  return generate('ec', { namedCurve: 'P-256' })
}

/** A stored key, ready for use. */
export function toTokenKey(
  kid: string,
  algorithm: SigningAlgorithm,
  publicJwk: JsonWebKey,
  privateDer: Buffer,
): TokenKey {
  return {
    kid,
    algorithm,
    publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }),
    privateKey: createPrivateKey({ key: privateDer, type: 'pkcs8', format: 'der' }),
  }
}
