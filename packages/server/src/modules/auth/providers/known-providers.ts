import type { Provider } from '../oauth/legs/provider.ts'
import { businessProviders } from './business-providers.ts'
import { developerProviders } from './developer-providers.ts'
import { gameProviders } from './game-providers.ts'
import { oidcProviders } from './oidc-providers.ts'
import { regionalProviders } from './regional-providers.ts'
import { socialProviders } from './social-providers.ts'

/** Every provider that needs nothing but a client, by id. */
export const knownProviders: ReadonlyMap<string, Provider> = new Map(
  [
    ...oidcProviders,
    ...developerProviders,
    ...socialProviders,
    ...regionalProviders,
    ...businessProviders,
    ...gameProviders,
  ].map(provider => [provider.id, provider]),
)
