import { createClient, type AnyRow, type Client, type CloudBoxError, type LiveStatus } from '@cloudbox/client'
import type { Explanation } from '@cloudbox/protocol/realtime'
import type { CurrentEnvironment } from '#session/environment.svelte.ts'
import { operator } from '#session/session.svelte.ts'
import type { Told, Watcher } from './watch-query.ts'

export interface WatchOptions {
  readonly collection: string
  /** A condition in CEL; empty for all. */
  readonly where: string
  readonly as: Watcher
  /** Of a simulated user. */
  readonly uid: string
  readonly claims: Readonly<Record<string, unknown>>
}

const mostTold = 100
const mostRows = 100

/** A live query of one's own, as somebody: what it shows, what it was told, and why. */
export class Watching {
  rows = $state.raw<readonly AnyRow[]>([])
  told = $state.raw<readonly Told[]>([])
  status = $state<LiveStatus>('loading')
  error = $state.raw<CloudBoxError>()
  explanation = $state.raw<Explanation>()
  readonly #client: Client
  readonly #explain: () => Promise<Explanation>
  readonly #stop: () => void
  #next = 0

  private constructor(client: Client, { collection, where }: WatchOptions) {
    this.#client = client
    const all = client.collection(collection)
    let isFirst = true
    const subscription = (where.trim() === '' ? all : all.where(where)).limit(mostRows).subscribe({
      next: ({ data, changes, meta }) => {
        this.rows = data
        const isLive = meta.status === 'live'
        if (!isFirst)
          this.told = [
            ...changes.map(({ type, doc }) => ({
              id: this.#next++,
              atMs: Date.now(),
              type,
              key: String((doc as { id?: unknown }).id),
            })),
            ...this.told,
          ].slice(0, mostTold)
        if (isLive) isFirst = false
      },
      status: status => (this.status = status),
      error: error => (this.error = error),
    })
    this.#explain = () => subscription.explain()
    this.#stop = subscription
  }

  /** @throws CloudBoxError where no token can be had for the user */
  static async begin(environment: CurrentEnvironment, options: WatchOptions): Promise<Watching> {
    const token = await tokenFor(environment, options)
    const client = createClient(environment.url, environment.publishableKey!, {
      auth: { storage: nowhere(), detectCode: false },
      ...(options.as === 'operator' && { accessToken: () => operator.token() }),
      ...(token !== undefined && { token }),
    })
    return new Watching(client, options)
  }

  async explain(): Promise<void> {
    if (this.error !== undefined) return
    try {
      this.explanation = await this.#explain()
    } catch (error) {
      // It has ended meanwhile, which is told by itself.
      if (this.error === undefined && this.status !== 'stale') throw error
    }
  }

  end(): void {
    this.#stop()
    this.#client.close()
  }
}

async function tokenFor(environment: CurrentEnvironment, options: WatchOptions): Promise<string | undefined> {
  if (options.as !== 'user') return undefined
  const { uid, claims } = options
  const { token } = await environment.ask<{ token: string }>('POST', '/auth/test-token', {
    body: { uid, claims },
  })
  return token
}

/** Nobody stays signed in by watching. */
function nowhere() {
  return { get: () => null, set: () => {}, remove: () => {} }
}
