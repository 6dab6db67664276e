import type { ProviderSettings } from '@cloudbox/protocol/auth-settings'
import { discordProfile, githubProfile, microsoftProfile, standardProfile } from './profiles.ts'
import type { Provider } from './provider.ts'

const known: readonly Provider[] = [
  {
    id: 'google',
    name: 'Google',
    color: '#1a73e8',
    issuer: 'https://accounts.google.com',
    scopes: ['openid', 'email', 'profile'],
    trustEmail: true,
    profile: standardProfile,
  },
  {
    id: 'github',
    name: 'GitHub',
    color: '#24292f',
    endpoints: {
      authorize: 'https://github.com/login/oauth/authorize',
      token: 'https://github.com/login/oauth/access_token',
      userinfo: 'https://api.github.com/user',
      more: { emails: 'https://api.github.com/user/emails' },
    },
    scopes: ['read:user', 'user:email'],
    trustEmail: true,
    profile: githubProfile,
  },
  {
    id: 'microsoft',
    name: 'Microsoft',
    color: '#0067b8',
    issuer: 'https://login.microsoftonline.com/common/v2.0',
    scopes: ['openid', 'email', 'profile'],
    trustEmail: false,
    profile: microsoftProfile,
  },
  {
    id: 'discord',
    name: 'Discord',
    color: '#5865f2',
    endpoints: {
      authorize: 'https://discord.com/oauth2/authorize',
      token: 'https://discord.com/api/oauth2/token',
      userinfo: 'https://discord.com/api/users/@me',
    },
    scopes: ['identify', 'email'],
    trustEmail: true,
    profile: discordProfile,
  },
]

/** What a dev environment offers before anything is set up. */
export const shownFirst: readonly Provider[] = known

/**
 * The provider of an id: a known one, or one that the settings describe (`kind` with `settings.issuer`, or with
 * `settings.authorizeUrl`, `tokenUrl` and `userinfoUrl`).
 */
export function findProvider(id: string, described?: ProviderSettings): Provider | undefined {
  const found = known.find(provider => provider.id === id)
  const { kind, settings = {} } = described ?? {}
  if (found !== undefined) {
    const { tenant } = settings
    if (id !== 'microsoft' || tenant === undefined || tenant === '') return found
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
