import { hiddenSecret, type AuthSettings } from '@cloudbox/protocol/auth-settings'

/** Settings with their secrets apart; a secret is named by its path. */
export interface Separated {
  readonly open: AuthSettings
  readonly secrets: Readonly<Record<string, string>>
}

/** Names whose values are secrets, wherever they stand in the settings. */
const secretNames = new Set(['smtpUrl', 'secret', 'clientSecret', 'privateKey'])

export function isSecretName(name: string): boolean {
  return secretNames.has(name)
}

/** Takes the secrets out of settings, to be sealed. */
export function separateSecrets(settings: AuthSettings): Separated {
  const secrets: Record<string, string> = {}
  const open = replaceSecrets(settings, (path, value) => {
    secrets[path] = value
    return hiddenSecret
  })
  return { open, secrets }
}

/**
 * Settings as a copy gets them that is given no secrets. What cannot work without its secret is not set up there: a captcha
 * would let nobody in, and in a dev environment somebody made up stands in for a provider without client.
 */
export function withoutSecrets(settings: AuthSettings): AuthSettings {
  const bare = replaceSecrets(settings, () => '')
  const providers = Object.entries(bare.providers).map(([name, provider]) => {
    const hadSecrets = JSON.stringify(provider) !== JSON.stringify(settings.providers[name])
    return [name, hadSecrets ? { ...provider, clientId: '' } : provider] as const
  })
  return { ...bare, captcha: null, providers: Object.fromEntries(providers) }
}

/** Puts secrets back where they stood. */
export function joinSecrets(open: AuthSettings, secrets: Readonly<Record<string, string>>): AuthSettings {
  return replaceSecrets(open, path => secrets[path] ?? '')
}

function replaceSecrets(
  settings: AuthSettings,
  replace: (path: string, value: string) => string,
): AuthSettings {
  const visit = (value: unknown, path: string, name: string): unknown => {
    if (typeof value === 'string') return secretNames.has(name) && value !== '' ? replace(path, value) : value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        visit(inner, path === '' ? key : `${path}.${key}`, key),
      ]),
    )
  }
  return visit(settings, '', '') as AuthSettings
}
