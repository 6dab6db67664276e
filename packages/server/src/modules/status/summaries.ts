import type { StatusSummary } from '@cloudbox/protocol/status'
import { LRUCache } from 'lru-cache'
import type { Environment } from '../../kernel/caller.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { PastDays } from './read-parts.ts'

const keptMs = 10_000
const mostEnvironments = 1000

interface Answer {
  /** Who asks while it is being made waits for the same. */
  readonly made: Promise<StatusSummary | null>
  /** When it was made; undefined: it is being made. */
  at: number | undefined
}

/** Summaries of environments, each made at most every ten seconds however many ask. */
export class Summaries {
  readonly #clock: Clock
  readonly #make: (environment: Environment, past: PastDays) => Promise<StatusSummary | null>
  readonly #answers = new LRUCache<string, Answer>({ max: mostEnvironments })
  /** Only of pages that are open. */
  readonly #past = new LRUCache<string, PastDays>({ max: mostEnvironments })

  /** @param make answers null where the page is closed */
  constructor(
    clock: Clock,
    make: (environment: Environment, past: PastDays) => Promise<StatusSummary | null>,
  ) {
    this.#clock = clock
    this.#make = make
  }

  read(environment: Environment): Promise<StatusSummary | null> {
    const { id } = environment
    const known = this.#answers.get(id)
    if (known !== undefined && (known.at === undefined || Math.abs(this.#clock.now() - known.at) < keptMs))
      return known.made
    const past: PastDays = this.#past.get(id) ?? new Map()
    const answer: Answer = { made: this.#make(environment, past), at: undefined }
    this.#answers.set(id, answer)
    answer.made.then(
      summary => {
        answer.at = this.#clock.now()
        // Whoever closed the page meanwhile has had it forgotten.
        if (this.#answers.get(id) !== answer) return
        if (summary === null) this.#past.delete(id)
        else this.#past.set(id, past)
      },
      () => {
        if (this.#answers.get(id) === answer) this.#answers.delete(id)
      },
    )
    return answer.made
  }

  /** Nothing of it is true any more. */
  forget(environmentId: string): void {
    this.#answers.delete(environmentId)
    this.#past.delete(environmentId)
  }

  /** Forgets those that are not there any more. */
  keepOnly(environmentIds: ReadonlySet<string>): void {
    for (const id of [...this.#answers.keys(), ...this.#past.keys()])
      if (!environmentIds.has(id)) this.forget(id)
  }
}
