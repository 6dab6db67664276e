import type { SpanContext } from '@opentelemetry/api'
import type { Observation } from '../../../kernel/observation.ts'

/** How long a commit and those who tell it wait for each other. */
const patienceMs = 10_000
const mostCommits = 5000

/**
 * Brings together a traced request and the telling of its commit. Either may be first, for they happen side by side and
 * perhaps in different processes.
 */
export class FanOut {
  readonly #now: () => number
  readonly #told: (parent: SpanContext, delivery: Observation) => void
  readonly #commits = new Map<bigint, { readonly parent: SpanContext; readonly at: number }>()
  readonly #deliveries = new Map<bigint, { readonly all: Observation[]; readonly at: number }>()

  /** @param now ms that only grow */
  constructor(now: () => number, told: (parent: SpanContext, delivery: Observation) => void) {
    this.#now = now
    this.#told = told
  }

  /** A traced request has made this commit. */
  committed(commit: bigint, parent: SpanContext): void {
    forget(this.#commits, this.#now())
    this.#commits.set(commit, { parent, at: this.#now() })
    for (const delivery of this.#deliveries.get(commit)?.all ?? []) this.#told(parent, delivery)
    this.#deliveries.delete(commit)
  }

  hear(delivery: Observation): void {
    const { commit } = delivery
    if (commit === undefined) return
    const known = this.#commits.get(commit)
    if (known !== undefined) return this.#told(known.parent, delivery)
    forget(this.#deliveries, this.#now())
    const waiting = this.#deliveries.get(commit)
    if (waiting !== undefined) waiting.all.push(delivery)
    else this.#deliveries.set(commit, { all: [delivery], at: this.#now() })
  }
}

/** Entries are in the order they came. */
function forget(entries: Map<bigint, { readonly at: number }>, now: number): void {
  for (const [commit, { at }] of entries) {
    if (at > now - patienceMs && entries.size < mostCommits) return
    entries.delete(commit)
  }
}
