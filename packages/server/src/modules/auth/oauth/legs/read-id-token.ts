import { createHash, createPublicKey, type JsonWebKey } from 'node:crypto'
import { verifyJwt, type Algorithm, type Claims, type TokenKey } from '../../tokens/jwt.ts'
import { configure } from './configure.ts'
import type { Client, Profile, Provider, Raw } from './provider.ts'

/** Clocks that differ this much are still the same time. */
const clockToleranceSeconds = 30

/** What is wrong with an ID token. */
export class IdTokenError extends Error {}

/**
 * Reads an ID token that a native app got from the provider: signed by its keys, for this client or one of its native apps,
 * not too old, and with the nonce that is given, or its SHA-256 in hex. A token with a nonce needs one.
 * @throws IdTokenError
 */
export async function readIdToken(
  provider: Provider,
  client: Client,
  idToken: string,
  { nonce }: { readonly nonce?: string | undefined },
  fetch: typeof globalThis.fetch,
): Promise<{ profile: Profile; raw: Raw }> {
  if (provider.issuer === undefined) throw new IdTokenError(`${provider.name} gives no ID tokens`)
  const { issuer, jwks_uri } = (await configure(provider, client, fetch)).serverMetadata()
  const answer = await fetch(jwks_uri!, { headers: { accept: 'application/json' } })
  if (!answer.ok) throw new TypeError(`${jwks_uri} answered ${answer.status}`)
  const { keys } = (await answer.json()) as { keys: (JsonWebKey & { kid?: string; alg?: string })[] }
  const claims = verifyJwt(idToken, kid => toTokenKey(keys.find(key => key.kid === kid)))
  if (claims === undefined) throw new IdTokenError('no key of the provider has signed it')
  refuseWrong(claims, issuer, [client.clientId, ...(client.nativeClientIds ?? [])], nonce)
  return { profile: provider.profile(claims), raw: claims }
}

function refuseWrong(claims: Claims, issuer: string, audiences: readonly string[], nonce?: string): void {
  const now = Date.now() / 1000
  const audience = [claims['aud']].flat() as unknown[]
  // Microsoft's keys serve many tenants: the token says which.
  const expected = issuer.replace('{tenantid}', String(claims['tid']))
  if (claims['iss'] !== expected) throw new IdTokenError('another provider has issued it')
  if (!audiences.some(one => audience.includes(one))) throw new IdTokenError('it is meant for another app')
  if (audience.length > 1 && !audiences.includes(String(claims['azp'])))
    throw new IdTokenError('it was given to another app')
  if (!(Number(claims['exp']) > now - clockToleranceSeconds)) throw new IdTokenError('it is too old')
  if (Number(claims['nbf'] ?? 0) > now + clockToleranceSeconds) throw new IdTokenError('it is not good yet')
  if (!isNonceRight(claims['nonce'], nonce)) throw new IdTokenError('its nonce is another')
}

/** Apps often ask the provider with the hash of a nonce and keep the nonce to show it here, so that a token alone is not enough. */
function isNonceRight(inToken: unknown, given: string | undefined): boolean {
  if (given === undefined) return inToken === undefined
  return inToken === given || inToken === createHash('sha256').update(given).digest('hex')
}

function toTokenKey(jwk: (JsonWebKey & { kid?: string }) | undefined): TokenKey | undefined {
  if (jwk?.kid === undefined) return undefined
  // The algorithm follows from the key, never from the token.
  const algorithms: Readonly<Record<string, Algorithm>> = {
    RSA: 'RS256',
    'EC P-256': 'ES256',
    'OKP Ed25519': 'EdDSA',
  }
  const algorithm = algorithms[jwk.crv === undefined ? String(jwk.kty) : `${jwk.kty} ${jwk.crv}`]
  if (algorithm === undefined) return undefined
  return { kid: jwk.kid, algorithm, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) }
}
