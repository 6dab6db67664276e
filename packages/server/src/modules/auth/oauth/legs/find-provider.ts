import type { ProviderSettings } from '@cloudbox/protocol/auth-settings'
import { knownProviders } from '../../providers/known-providers.ts'
import { fillIn } from './fill-in.ts'
import { standardProfile } from './profiles.ts'
import type { Provider } from './provider.ts'

/** What a dev environment offers before anything is set up. */
export const shownFirst: readonly Provider[] = ['google', 'github', 'microsoft', 'discord'].map(id =>
  knownProviders.get(id)!,
)

/**
 * The provider of an id: a known one, or one that the settings describe (`kind` with `settings.issuer`, or with
 * `settings.authorizeUrl`, `tokenUrl` and `userinfoUrl`).
 * @param added those of other modules
 */
export function findProvider(
  id: string,
  described?: ProviderSettings,
  added: ReadonlyMap<string, Provider> = new Map(),
): Provider | undefined {
  const found = knownProviders.get(id) ?? added.get(id)
  const { kind, settings = {} } = described ?? {}
  if (found !== undefined) {
    const { tenant } = settings
    if (id !== 'microsoft' || tenant === undefined || tenant === '') return fillIn(found, settings)
    return { ...found, issuer: `https://login.microsoftonline.com/${encodeURIComponent(tenant)}/v2.0` }
  }
  if (kind === undefined) return undefined
  const { issuer, authorizeUrl, tokenUrl, userinfoUrl } = settings
  const common = {
    id,
    name: settings['name'] || id,
    color: settings['color'] || '#4f46e5',
    scopes: kind === 'oidc' ? ['openid', 'email', 'profile'] : [],
    trustEmail: settings['trustEmail'] === 'true',
    profile: standardProfile,
  }
  if (kind === 'oidc') return issuer ? { ...common, issuer } : undefined
  if (!authorizeUrl || !tokenUrl || !userinfoUrl) return undefined
  return { ...common, endpoints: { authorize: authorizeUrl, token: tokenUrl, userinfo: userinfoUrl } }
}
