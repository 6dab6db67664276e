import type { KnownProvider } from '@cloudbox/protocol/auth-admin'
import type { ProviderSettings } from '@cloudbox/protocol/auth-settings'
import { knownProviders } from '../providers/known-providers.ts'
import type { Flow } from '../flows/flow.ts'
import { callbackOf } from './authorize.ts'
import { findProvider } from './legs/find-provider.ts'
import type { Provider } from './legs/provider.ts'

const settingsOfOwn = { oidc: ['issuer'], oauth2: ['authorizeUrl', 'tokenUrl', 'userinfoUrl'] } as const
const order = { ready: 0, incomplete: 1, off: 2, unused: 3 } as const

/** Every provider there is and every one the settings describe: those in use first. */
export function listProviders(flow: Flow): KnownProvider[] {
  const { providers: described } = flow.accounts.settings
  const known = new Map([...knownProviders, ...flow.deps.providers])
  const own = Object.keys(described).filter(id => !known.has(id))
  return [
    ...[...known.values()].map(provider => show(flow, provider, described[provider.id])),
    ...own.map(id => show(flow, ownProvider(flow, id), described[id])),
  ].toSorted((a, b) => order[a.state] - order[b.state] || a.name.localeCompare(b.name, 'en'))
}

function show(flow: Flow, provider: ShownProvider, described: ProviderSettings | undefined): KnownProvider {
  const { id, name, color, scopes, trustEmail, docsUrl = null } = provider
  const kind = described?.kind ?? (provider.issuer === undefined ? 'oauth2' : 'oidc')
  const isBuiltIn = knownProviders.has(id) || flow.deps.providers.has(id)
  const settings = isBuiltIn ? (provider.settings ?? holesOf(provider)) : settingsOfOwn[kind]
  const takesSecret = provider.clientAuth !== 'apple'
  return {
    id,
    name,
    color,
    kind,
    state: stateOf(flow, id, described, { settings, takesSecret }),
    settings: [...settings],
    takesSecret,
    scopes: [...scopes],
    trustsEmail: trustEmail,
    redirectUri: callbackOf(flow, id),
    docsUrl,
  }
}

type ShownProvider = Omit<Provider, 'profile'>

function stateOf(
  { deps }: Flow,
  id: string,
  described: ProviderSettings | undefined,
  { settings, takesSecret }: { settings: readonly string[]; takesSecret: boolean },
): KnownProvider['state'] {
  const { enabled = true, clientId = '', clientSecret = '', settings: given = {} } = described ?? {}
  const isUntouched =
    clientId === '' && clientSecret === '' && Object.values(given).every(value => value === '')
  if (isUntouched) return enabled ? 'unused' : 'off'
  if (!enabled) return 'off'
  const isWhole =
    clientId !== '' &&
    (!takesSecret || clientSecret !== '') &&
    settings.every(name => given[name]) &&
    findProvider(id, described, deps.providers) !== undefined
  return isWhole ? 'ready' : 'incomplete'
}

/** Names of what its addresses leave open. */
function holesOf({ issuer = '', endpoints }: ShownProvider): string[] {
  const addresses = [issuer, endpoints?.authorize, endpoints?.token, endpoints?.userinfo].join(' ')
  const names = [...addresses.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
  return [...new Set(names)].filter(name => name !== 'accessToken')
}

/** One that only the settings describe, also while they are not enough to find it. */
function ownProvider({ accounts, deps }: Flow, id: string): ShownProvider {
  const described = accounts.settings.providers[id]!
  const { settings = {} } = described
  return (
    findProvider(id, described, deps.providers) ?? {
      id,
      name: settings['name'] || id,
      color: settings['color'] || '#4f46e5',
      scopes: described.kind === 'oidc' ? ['openid', 'email', 'profile'] : [],
      trustEmail: settings['trustEmail'] === 'true',
    }
  )
}
