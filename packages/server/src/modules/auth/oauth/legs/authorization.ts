import { createHash, randomBytes } from 'node:crypto'
import type * as OpenId from 'openid-client'
import { configure } from './configure.ts'
import type { Client, Profile, Provider, Raw } from './provider.ts'

/** What has to be there again when the browser comes back. */
export interface Kept {
  readonly verifier: string
  readonly nonce: string
}

export interface AuthorizationStart {
  readonly redirectUri: string
  readonly state: string
  readonly scopes?: readonly string[]
  readonly loginHint?: string
}

export interface Authorized {
  readonly profile: Profile
  readonly raw: Raw
  readonly tokens: { readonly accessToken: string; readonly scope: string | undefined }
}

/** Makes the address a browser has to go to (code flow with PKCE). */
export async function startAuthorization(
  provider: Provider,
  client: Client,
  { redirectUri, state, scopes = [], loginHint }: AuthorizationStart,
  fetch: typeof globalThis.fetch,
): Promise<{ url: URL; kept: Kept }> {
  const { buildAuthorizationUrl } = await import('openid-client')
  const config = await configure(provider, client, fetch)
  const kept = { verifier: randomText(), nonce: randomText() }
  const url = buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: [...new Set([...provider.scopes, ...(client.scopes ?? []), ...scopes])].join(' '),
    state,
    code_challenge: createHash('sha256').update(kept.verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(provider.issuer === undefined ? {} : { nonce: kept.nonce }),
    ...(loginHint === undefined ? {} : { login_hint: loginHint }),
    ...provider.authorizeWith,
  })
  return { url, kept }
}

export interface AuthorizationEnd {
  readonly redirectUri: string
  /** As the provider sent them back with the browser. */
  readonly params: URLSearchParams
  readonly state: string
  readonly kept: Kept
}

/** Exchanges the code the browser brought and reads who came. Throws what openid-client throws. */
export async function finishAuthorization(
  provider: Provider,
  client: Client,
  { redirectUri, params, state, kept }: AuthorizationEnd,
  fetch: typeof globalThis.fetch,
): Promise<Authorized> {
  const openId = await import('openid-client')
  const config = await configure(provider, client, fetch)
  // The address is made here: behind a proxy the request knows another, and the provider compares.
  const came = new URL(redirectUri)
  came.search = params.toString()
  const isOidc = provider.issuer !== undefined
  const answer = await openId.authorizationCodeGrant(config, came, {
    pkceCodeVerifier: kept.verifier,
    expectedState: state,
    ...(isOidc ? { expectedNonce: kept.nonce, idTokenExpected: true } : {}),
  })
  const raw = isOidc
    ? await completeClaims(openId, config, answer)
    : await askUser(provider, answer.access_token, fetch)
  const tokens = { accessToken: answer.access_token, scope: answer.scope }
  return { profile: provider.profile(raw), raw, tokens }
}

/** Some providers tell the address only when asked, not in the ID token. */
async function completeClaims(
  openId: typeof OpenId,
  config: OpenId.Configuration,
  answer: OpenId.TokenEndpointResponse & OpenId.TokenEndpointResponseHelpers,
): Promise<Raw> {
  const claims = answer.claims()!
  if (claims['email'] !== undefined || config.serverMetadata().userinfo_endpoint === undefined) return claims
  return { ...(await openId.fetchUserInfo(config, answer.access_token, claims.sub)), ...claims }
}

async function askUser(
  { endpoints }: Provider,
  accessToken: string,
  fetch: typeof globalThis.fetch,
): Promise<Raw> {
  const { userinfo, more = {} } = endpoints!
  const [raw, ...others] = await Promise.all([
    askJson(userinfo, accessToken, fetch),
    ...Object.entries(more).map(
      async ([name, url]) => [name, await askJson(url, accessToken, fetch)] as const,
    ),
  ])
  return { ...(raw as Raw), ...Object.fromEntries(others) }
}

async function askJson(url: string, accessToken: string, fetch: typeof globalThis.fetch): Promise<unknown> {
  const answer = await fetch(url, {
    headers: {
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json',
      'user-agent': 'CloudBox',
    },
  })
  if (answer.ok) return answer.json()
  throw new UserinfoError(url, answer.status)
}

/** The provider gave a token and then did not tell who it is for. */
export class UserinfoError extends Error {
  readonly status: number
  constructor(url: string, status: number) {
    super(`${url} answered ${status}`)
    this.status = status
  }
}

function randomText(): string {
  return randomBytes(32).toString('base64url')
}
