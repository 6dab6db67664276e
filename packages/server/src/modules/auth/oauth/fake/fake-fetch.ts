import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Environment } from '../../../../kernel/caller.ts'
import type { Database } from '../../../../kernel/db.ts'
import { redeemToken } from '../../one-time/one-time-token.ts'
import { signJwt, type TokenKey } from '../../tokens/jwt.ts'
import type { Provider } from '../legs/provider.ts'
import { fakeClientId } from './fake-client.ts'
import { fakeAnswers, fakeClaims, type FakePerson } from './fake-person.ts'

/** What a code of the made-up provider knows. */
export interface FakeCode {
  readonly provider: string
  readonly person: FakePerson
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly nonce: string | null
}

/** Signs the ID tokens of all made-up providers of this process; nobody else ever reads one. */
let fakeKey: TokenKey | undefined

/**
 * Answers in place of a provider: its discovery, keys, token endpoint and what it tells of a user. Whoever asks does not
 * notice, so the code that signs in is the one that will talk to the real provider.
 */
export function fakeFetch(db: Database, environment: Environment, provider: Provider): typeof fetch {
  const { issuer } = provider
  const tokenUrl = provider.endpoints?.token ?? `${issuer}/fake/token`
  const keysUrl = `${issuer}/fake/keys`
  const accessToken = randomBytes(24).toString('base64url')
  let person: FakePerson | undefined

  const giveToken = async (form: URLSearchParams): Promise<Response> => {
    const redeemed = await redeemToken<FakeCode>(db, environment, ['fake-code'], form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const code = redeemed?.data
    if (form.get('client_id') !== fakeClientId)
      return Response.json({ error: 'invalid_client' }, { status: 401 })
    if (
      code?.provider !== provider.id ||
      code.codeChallenge !== challenge ||
      code.redirectUri !== form.get('redirect_uri')
    )
      return Response.json({ error: 'invalid_grant' }, { status: 400 })
    person = code.person
    const token = { access_token: accessToken, token_type: 'bearer', expires_in: 3600 }
    if (issuer === undefined) return Response.json(token)
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      ...fakeClaims(provider, person),
      iss: issuer,
      aud: fakeClientId,
      iat: now,
      exp: now + 300,
    }
    return Response.json({
      ...token,
      id_token: signJwt(key(), { ...claims, ...(code.nonce === null ? {} : { nonce: code.nonce }) }),
    })
  }

  return async (input, init) => {
    const request = new Request(input, init)
    const { url } = request
    if (url.endsWith('/.well-known/openid-configuration'))
      return Response.json(discovery(issuer!, tokenUrl, keysUrl))
    if (url === keysUrl) return Response.json({ keys: [publicJwk()] })
    if (url === tokenUrl) return giveToken(new URLSearchParams(await request.text()))
    if (person === undefined || request.headers.get('authorization') !== `Bearer ${accessToken}`)
      return Response.json({ message: 'Bad credentials' }, { status: 401 })
    const answer = fakeAnswers(provider, person).get(url)
    return answer === undefined ? new Response('Not Found', { status: 404 }) : Response.json(answer)
  }
}

function discovery(issuer: string, token_endpoint: string, jwks_uri: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/fake/authorize`,
    token_endpoint,
    jwks_uri,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  }
}

function key(): TokenKey {
  if (fakeKey === undefined) {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    fakeKey = { kid: 'fake', algorithm: 'ES256', ...pair }
  }
  return fakeKey
}

function publicJwk(): object {
  const { kid, publicKey } = key()
  return {
    ...(publicKey as Exclude<typeof publicKey, Buffer>).export({ format: 'jwk' }),
    kid,
    use: 'sig',
    alg: 'ES256',
  }
}
