import { LRUCache } from 'lru-cache'
import type * as OpenId from 'openid-client'
import type { Client, Provider } from './provider.ts'

/** Longest time for one question to a provider. */
export const providerTimeoutMs = 5000

/** What providers of OpenID Connect told of themselves, for as long as it is believed. */
const cacheMs = 600_000
const caches = new WeakMap<typeof fetch, LRUCache<string, OpenId.Configuration>>()

/** A client as openid-client wants it; a provider of OpenID Connect is asked for its addresses and keys. */
export async function configure(
  { issuer, endpoints }: Provider,
  { clientId, clientSecret = '' }: Client,
  fetch: typeof globalThis.fetch,
): Promise<OpenId.Configuration> {
  // Loaded when somebody needs it: most starts of a server do not.
  const openId = await import('openid-client')
  const authentication = clientSecret === '' ? openId.None() : openId.ClientSecretPost(clientSecret)
  if (endpoints !== undefined) {
    const config = new openId.Configuration(
      {
        issuer: new URL(endpoints.authorize).origin,
        authorization_endpoint: endpoints.authorize,
        token_endpoint: endpoints.token,
      },
      clientId,
      {},
      authentication,
    )
    return set(openId, config, fetch, endpoints.token)
  }
  const cache = caches.get(fetch) ?? new LRUCache({ max: 200, ttl: cacheMs })
  caches.set(fetch, cache)
  const name = JSON.stringify([issuer, clientId, clientSecret])
  const known = cache.get(name)
  if (known !== undefined) return known
  const plain = issuer!.startsWith('http:') ? [openId.allowInsecureRequests] : []
  const config = await openId.discovery(new URL(issuer!), clientId, {}, authentication, {
    [openId.customFetch]: fetch as OpenId.CustomFetch,
    timeout: providerTimeoutMs / 1000,
    execute: [...plain, openId.enableNonRepudiationChecks],
  })
  cache.set(name, config)
  return config
}

function set(
  openId: typeof OpenId,
  config: OpenId.Configuration,
  fetch: typeof globalThis.fetch,
  tokenUrl: string,
): OpenId.Configuration {
  config[openId.customFetch] = fetch as OpenId.CustomFetch
  config.timeout = providerTimeoutMs / 1000
  if (tokenUrl.startsWith('http:')) openId.allowInsecureRequests(config)
  return config
}
