import { createClient, type Client } from '@cloudbox/client'
import type { Permission } from '@cloudbox/protocol/permissions'
import type { Key, PlatformEnvironment } from '@cloudbox/protocol/platform-replies'
import { createContext } from 'svelte'
import { ask, askIn, type AskOptions, type EnvironmentPath } from './ask.ts'
import { operator } from './session.svelte.ts'

/** The environment a page is about, and how its API is asked. */
export class CurrentEnvironment implements EnvironmentPath {
  readonly project: string
  readonly environment: string
  readonly info: PlatformEnvironment
  /** Goes into apps, and opens live queries here; undefined where there is none, or it may not be seen. */
  readonly publishableKey: string | undefined
  #client: Client | undefined

  constructor(info: PlatformEnvironment, publishableKey: string | undefined) {
    this.info = info
    this.project = info.project
    this.environment = info.name
    this.publishableKey = publishableKey
  }

  /** Where apps find it. */
  get url(): string {
    return `${location.origin}/${this.project}/${this.environment}`
  }

  /** Where its pages are, below the console. */
  get path(): string {
    return `/projects/${this.project}/${this.environment}`
  }

  /** Of the management API. */
  get management(): string {
    return `/projects/${this.project}/environments/${this.environment}`
  }

  /** Whether the operator may do something here, as far as it is known: the server decides. */
  may(permission: Permission): boolean {
    return this.info.permissions?.includes(permission) ?? true
  }

  /** Asks its API below `/v1` as who is signed in. @throws CloudBoxError */
  ask<T>(method: string, path: string, options?: AskOptions): Promise<T> {
    return askIn(this, method, path, options)
  }

  /** The public client, speaking as the operator; undefined without a publishable key. */
  get client(): Client | undefined {
    if (this.publishableKey === undefined) return undefined
    return (this.#client ??= createClient(this.url, this.publishableKey, {
      accessToken: () => operator.token(),
    }))
  }

  close(): void {
    this.#client?.close()
    this.#client = undefined
  }
}

/** @throws CloudBoxError where there is none, or none to see */
export async function findEnvironment({
  project,
  environment,
}: EnvironmentPath): Promise<CurrentEnvironment> {
  const path = `/projects/${project}/environments/${environment}`
  const [info, keys] = await Promise.all([
    ask<PlatformEnvironment>('GET', path),
    // Who may not see keys sees the rest.
    ask<{ keys: Key[] }>('GET', `${path}/keys`).catch(() => ({ keys: [] })),
  ])
  const usable = keys.keys.find(
    ({ kind, scope, key }) => kind === 'publishable' && scope === null && key !== null,
  )
  return new CurrentEnvironment(info, usable?.key ?? undefined)
}

/** The environment of the page a component is on. */
export const [useEnvironment, provideEnvironment] = createContext<() => CurrentEnvironment>()
