import { setTimeout as delay } from 'node:timers/promises'
import { realtimeProblems } from '@cloudbox/protocol/realtime'
import type { Caller, Environment } from '../../kernel/caller.ts'
import { Problem } from '../../kernel/problem.ts'
import type { StreamChange, Transaction } from '../../kernel/stream.ts'
import type { LiveQuery, LiveRequest } from '../data/module.ts'
import type { Group } from './group.ts'
import type { Delivery, Receiver } from './subscription.ts'

/** Compiles a live query for one caller; throws a Problem when it may not be asked or cannot be live. */
export type CompileLive = (
  environment: Environment,
  caller: Caller,
  request: LiveRequest,
) => LiveQuery | Promise<LiveQuery>

/** Collections of an environment whose structure or policies have changed, by their names before and after. */
export interface CollectionsChange {
  readonly environmentId: string
  readonly names: readonly string[]
}

export interface DefinitionOptions {
  readonly compile: CompileLive
  /** Reads the event of changed collections; undefined for any other. */
  readonly readChange: (event: string, payload: unknown) => CollectionsChange | undefined
  /** How long a definition may be behind the event of its change; a quarter of a second unless told. */
  readonly patienceMs?: number
}

/** A live query and who asks it. */
export interface Asked {
  readonly receiver: Pick<Receiver, 'environment' | 'caller'>
  readonly request: LiveRequest
  readonly delivery?: Delivery
}

/**
 * Compiles queries against collections as they are now. The change stream is faster than everything else: the event of
 * a change is heard before others see the change, so a definition may be behind for a moment.
 */
export class Definitions {
  readonly #options: DefinitionOptions
  readonly #patienceMs: number
  readonly #maxWindow: number
  /** How often collections of an environment have changed, by its id. */
  readonly #changes = new Map<string, number>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(options: DefinitionOptions, maxWindow: number) {
    this.#options = options
    this.#patienceMs = options.patienceMs ?? 250
    this.#maxWindow = maxWindow
  }

  /** Compiles a query; a collection that should be newer than a version is asked for again for a while. */
  async compile({ receiver, request, delivery = {} }: Asked, after = 0): Promise<LiveQuery> {
    const patientUntilMs = Date.now() + this.#patienceMs
    for (;;) {
      const { environment, caller } = receiver
      const changes = this.#changes.get(environment.id)
      const query = await this.#options.compile(environment, caller, request)
      const isSettled = query.collection.version > after || Date.now() > patientUntilMs
      if (isSettled && this.#changes.get(environment.id) === changes) {
        assertWindow(query, this.#maxWindow)
        assertDelivery(query, delivery)
        return query
      }
      await delay(10)
    }
  }

  read(change: StreamChange): CollectionsChange | undefined {
    return change.kind === 'event' ? this.#options.readChange(change.name, change.payload) : undefined
  }

  /** Whether a commit changed the group's collection, or one it looks into. */
  concerns(transaction: Transaction, { environmentId, query }: Group): boolean {
    return transaction.changes.some(change => {
      const changed = this.read(change)
      return changed?.environmentId === environmentId && names(changed, query)
    })
  }

  /** What is being compiled for this environment now is compiled again. Later, when all is settled, calls `look`. */
  note({ environmentId }: CollectionsChange, look: () => void): void {
    this.#changes.set(environmentId, (this.#changes.get(environmentId) ?? 0) + 1)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      look()
    }, 4 * this.#patienceMs)
    this.#timers.add(timer)
  }

  /** Whether the group's query was compiled against another version of its collection than there is now. */
  async isOutdated({ members, query }: Group): Promise<boolean> {
    const [member] = members.values()
    if (member === undefined) return false
    const { environment, caller } = member.receiver
    try {
      const now = await this.#options.compile(environment, caller, member.request)
      return now.collection.version !== query.collection.version || !sameLookups(now, query)
    } catch {
      // What may no longer be asked will be told why when it is bound anew.
      return true
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}

/** Whether a change is one of the query's collection, or of one it looks into. */
export function names(
  changed: Pick<CollectionsChange, 'names'>,
  { collection, lookups }: LiveQuery,
): boolean {
  return [collection, ...lookups.map(lookup => lookup.collection)].some(({ name }) =>
    changed.names.includes(name),
  )
}

/** Whether two queries look into the same versions of other collections in the same way. */
export function sameLookups(a: LiveQuery, b: LiveQuery): boolean {
  return a.lookups.length === b.lookups.length && a.lookups.every(({ key }, i) => key === b.lookups[i]!.key)
}

/** Refuses a window that is too large to be kept. */
function assertWindow({ limit }: LiveQuery, maxWindow: number): void {
  if (limit !== undefined && limit > maxWindow) {
    throw new Problem(
      realtimeProblems['too-large'],
      `A live query may have a limit of at most ${maxWindow}.`,
      {
        hint: `Ask for ${maxWindow} or fewer, or leave the limit out.`,
      },
    )
  }
}

/** A window tells what it shows, and what is told together is not told one by one. */
function assertDelivery({ limit }: LiveQuery, { isLossless, coalesceMs }: Delivery): void {
  if (!isLossless || (limit === undefined && coalesceMs === undefined)) return
  const what = limit === undefined ? 'coalesce' : 'a limit'
  throw new Problem(realtimeProblems['not-lossless'], `A live query with ${what} cannot be lossless.`)
}
