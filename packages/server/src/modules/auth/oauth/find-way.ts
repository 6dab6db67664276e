import { authProblems } from '@cloudbox/protocol/auth'
import { guardedFetch } from '../../../kernel/egress.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Flow } from '../flows/flow.ts'
import { fakeClientId } from './fake/fake-client.ts'
import { fakeFetch } from './fake/fake-fetch.ts'
import { standIn } from './fake/stand-in.ts'
import { providerTimeoutMs } from './legs/configure.ts'
import { findProvider, shownFirst } from './legs/find-provider.ts'
import type { Client, Provider } from './legs/provider.ts'

/** A provider as an environment uses it. */
export interface Way {
  readonly provider: Provider
  readonly client: Client
  readonly fetch: typeof fetch
  /** No client is set up: made-up people stand in for the provider's. */
  readonly isFake: boolean
}

const publicFetch = guardedFetch({ allowPrivate: false, timeoutMs: providerTimeoutMs })
const anyFetch = guardedFetch({ allowPrivate: true, timeoutMs: providerTimeoutMs })

/**
 * The way to a provider. In dev, one without a client is stood in for.
 * @throws Problem `auth/unknown-provider`, `auth/not-enabled`
 */
export function findWay(
  { deps, accounts: { settings, environment } }: Pick<Flow, 'deps' | 'accounts'>,
  id: string,
): Way {
  const described = settings.providers[id]
  const provider = findProvider(id, described, deps.providers)
  if (provider === undefined)
    throw new Problem(authProblems['unknown-provider'], `There is no provider ${id} here.`)
  if (described?.enabled === false)
    throw new Problem(authProblems['not-enabled'], `${provider.name} is switched off in the settings.`)
  if (described?.clientId)
    return {
      provider,
      client: { ...described, clientId: described.clientId },
      fetch: environment.dev ? anyFetch : publicFetch,
      isFake: false,
    }
  if (!environment.dev)
    throw new Problem(authProblems['unknown-provider'], `${provider.name} has no client id here.`)
  const madeUp = standIn(provider)
  return {
    provider: madeUp,
    client: { ...described, clientId: fakeClientId },
    fetch: fakeFetch(deps.db, environment, madeUp),
    isFake: true,
  }
}

/** Providers with a button. */
export function offeredProviders({
  deps,
  accounts: { settings, environment },
}: Pick<Flow, 'deps' | 'accounts'>): readonly Provider[] {
  const offered = Object.entries(settings.providers).flatMap(([id, described]) => {
    const isReady = described.enabled !== false && (environment.dev || !!described.clientId)
    return isReady ? (findProvider(id, described, deps.providers) ?? []) : []
  })
  return offered.length === 0 && environment.dev ? shownFirst : offered
}
