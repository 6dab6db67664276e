import type { CloudBoxError } from '../cloudbox-error.ts'
import { mergeChanges } from './changes.ts'
import type { LiveOptions } from './live-subscription.ts'
import type { DocumentChange, Listener } from './snapshot.ts'

/** What both kinds of snapshots have. */
interface Changing {
  readonly changes: readonly DocumentChange<object>[]
}

type Subscribe<Shot> = (listener: Listener<Shot>) => () => void

/** Turns a subscription into an iteration. The subscription begins with the first step and ends with the loop. */
export function iterate<Shot extends Changing>(
  subscribe: Subscribe<Shot>,
  { mode }: LiveOptions = {},
): AsyncIterableIterator<Shot, void, undefined> {
  return new LiveIterator(subscribe, mode === 'lossless')
}

/**
 * Holds at most one snapshot back, and merges into it what comes meanwhile, so that a slow loop costs no memory; unless
 * nothing may be merged: then all wait.
 */
class LiveIterator<Shot extends Changing> implements AsyncIterableIterator<Shot, void, undefined> {
  readonly #subscribe: Subscribe<Shot>
  #stop: (() => void) | undefined
  readonly #isLossless: boolean
  readonly #waiting: Shot[] = []
  #error: CloudBoxError | undefined
  #isDone = false
  #wake: (() => void) | undefined

  constructor(subscribe: Subscribe<Shot>, isLossless: boolean) {
    this.#subscribe = subscribe
    this.#isLossless = isLossless
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Shot, void>> {
    if (!this.#isDone) this.#stop ??= this.#start()
    while (this.#waiting.length === 0 && this.#error === undefined && !this.#isDone)
      await new Promise<void>(resolve => (this.#wake = resolve))
    if (this.#isDone) return { done: true, value: undefined }
    const value = this.#waiting.shift()
    if (value !== undefined) return { done: false, value }
    this.#isDone = true
    throw this.#error
  }

  async return(): Promise<IteratorResult<Shot, void>> {
    this.#isDone = true
    this.#stop?.()
    this.#wake?.()
    return { done: true, value: undefined }
  }

  #start(): () => void {
    return this.#subscribe({
      next: snapshot => {
        const missed = this.#isLossless ? undefined : this.#waiting.pop()
        const changes = missed && mergeChanges(missed.changes, snapshot.changes)
        this.#waiting.push(changes ? { ...snapshot, changes } : snapshot)
        this.#wake?.()
      },
      error: error => {
        this.#error = error
        this.#wake?.()
      },
    })
  }
}
