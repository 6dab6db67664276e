import { LRUCache } from 'lru-cache'
import type * as OpenId from 'openid-client'
import { clientAuthOf } from './client-auth.ts'
import { mendTokenAnswers } from './mend-token-answer.ts'
import type { Client, Provider } from './provider.ts'

/** Longest time for one question to a provider. */
export const providerTimeoutMs = 5000

/** What providers of OpenID Connect told of themselves, for as long as it is believed. */
const cacheMs = 600_000
const caches = new WeakMap<typeof fetch, LRUCache<string, OpenId.Configuration>>()

/** A client as openid-client wants it; a provider of OpenID Connect is asked for its addresses and keys. */
export async function configure(
  provider: Provider,
  client: Client,
  fetch: typeof globalThis.fetch,
): Promise<OpenId.Configuration> {
  // Loaded when somebody needs it: most starts of a server do not.
  const openId = await import('openid-client')
  const { issuer, endpoints } = provider
  const { clientId, clientSecret = '', settings = {} } = client
  if (endpoints !== undefined) {
    const config = new openId.Configuration(
      {
        issuer: new URL(endpoints.authorize).origin,
        authorization_endpoint: endpoints.authorize,
        token_endpoint: endpoints.token,
      },
      clientId,
      {},
      clientAuthOf(openId, provider, client),
    )
    return set(openId, config, mendTokenAnswers(fetch, endpoints.token), endpoints.token)
  }
  const cache = caches.get(fetch) ?? new LRUCache({ max: 200, ttl: cacheMs })
  caches.set(fetch, cache)
  const name = JSON.stringify([issuer, clientId, clientSecret, settings])
  const known = cache.get(name)
  if (known !== undefined) return known
  const plain = issuer!.startsWith('http:') ? [openId.allowInsecureRequests] : []
  const config = await openId.discovery(
    new URL(issuer!),
    clientId,
    {},
    clientAuthOf(openId, provider, client),
    {
      [openId.customFetch]: fetch as OpenId.CustomFetch,
      timeout: providerTimeoutMs / 1000,
      execute: [...plain, openId.enableNonRepudiationChecks],
    },
  )
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
