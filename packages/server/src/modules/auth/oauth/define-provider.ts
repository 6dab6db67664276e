import { standardProfile } from './legs/profiles.ts'
import type { Provider } from './legs/provider.ts'

/** A provider as its author writes it down: one that speaks the standard says no more than its name and its addresses. */
export type ProviderManifest = Pick<Provider, 'id' | 'name'> & Partial<Provider>

/**
 * Checks the manifest of a provider that is not built in, and fills in what it leaves out: standard scopes and claims, and
 * no trust in its word about addresses.
 *
 * @example
 * const acme = defineProvider({ id: 'acme', name: 'Acme', issuer: 'https://id.acme.example' })
 * // in the start of a module with needs: { auth }
 * auth.addProvider(acme)
 * @throws Error with every mistake in it
 */
export function defineProvider(manifest: ProviderManifest): Provider {
  const provider: Provider = {
    color: '#4f46e5',
    scopes: manifest.issuer === undefined ? [] : ['openid', 'email', 'profile'],
    trustEmail: false,
    profile: standardProfile,
    ...manifest,
  }
  const mistakes = [...mistakesIn(provider)]
  if (mistakes.length > 0) throw new Error(`the provider ${manifest.id} ${mistakes.join('; it ')}`)
  return Object.freeze(provider)
}

function* mistakesIn({ id, name, color, issuer, endpoints }: Provider): Generator<string> {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(id)) yield 'has an id that is not of small letters, digits and dashes'
  if (name.trim() === '') yield 'has no name'
  if (!/^#[0-9a-f]{6}$/i.test(color)) yield 'has a color that is not like #4f46e5'
  if ((issuer === undefined) === (endpoints === undefined))
    yield 'has to have either an issuer (OpenID Connect) or endpoints (OAuth 2.0)'
  const { authorize, token, userinfo, more = {} } = endpoints ?? {}
  for (const url of [issuer, authorize, token, userinfo, ...Object.values(more)])
    if (url !== undefined && !/^https:\/\/[\w.{}-]+/.test(url))
      yield `names ${url}, which is no address with TLS`
}
