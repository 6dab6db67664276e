import { standardProfile } from '../legs/profiles.ts'
import type { Provider } from '../legs/provider.ts'

/** Whose answers the made-up people can be dressed in. */
const shaped = new Set(['google', 'github', 'microsoft', 'discord'])

/** A provider as it is made up: one without a shape of its own speaks plain OAuth with the standard claims. */
export function standIn(provider: Provider): Provider {
  if (shaped.has(provider.id)) return provider
  const { id, name, color, scopes, trustEmail, issuer, endpoints } = provider
  const common = { id, name, color, scopes, trustEmail, profile: standardProfile }
  if (issuer !== undefined) return { ...common, issuer }
  const { authorize, token } = endpoints!
  return { ...common, endpoints: { authorize, token, userinfo: `${token}/userinfo` } }
}
