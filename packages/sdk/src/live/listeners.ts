import type { CloudBoxError } from '../cloudbox-error.ts'
import { callSafely } from './call-safely.ts'
import type { Row } from './row.ts'
import type { Listener, LiveStatus, Snapshot } from './snapshot.ts'
import type { Subscription } from './subscription.ts'

type Handlers = Exclude<Listener<Snapshot<Row>>, (...any: never[]) => unknown>

/** One listener among those of a subscription. */
export interface Membership {
  leave(): void
  /** It has neither left nor been told of an error. */
  isHere(): boolean
}

/** Everybody who listens to one subscription. */
export class Listeners {
  /** Each with the status it was last told; none until it has been told where things stand. */
  readonly #told = new Map<Handlers, LiveStatus | undefined>()

  get size(): number {
    return this.#told.size
  }

  /** Adds a listener and soon tells it where things stand. Gives the way to take it away. */
  join(listener: Listener<Snapshot<Row>>, subscription: Subscription): Membership {
    // An object of its own, so that one listener can listen twice.
    const handlers: Handlers = typeof listener === 'function' ? { next: listener } : { ...listener }
    this.#told.set(handlers, undefined)
    queueMicrotask(() => {
      if (!this.#told.has(handlers)) return
      this.#tellStatus(handlers, subscription.status)
      const snapshot = subscription.current()
      if (snapshot !== undefined) callSafely(() => handlers.next?.(snapshot))
    })
    return { leave: () => this.#told.delete(handlers), isHere: () => this.#told.has(handlers) }
  }

  emit(snapshot: Snapshot<Row> | undefined): void {
    if (snapshot === undefined) return
    for (const [handlers, status] of this.#told) {
      // Who joined just now starts with the whole result, which includes this.
      if (status === undefined) continue
      this.#tellStatus(handlers, snapshot.meta.status)
      callSafely(() => handlers.next?.(snapshot))
    }
  }

  fail(error: CloudBoxError): void {
    const all = [...this.#told.keys()]
    this.#told.clear()
    for (const handlers of all) callSafely(() => handlers.error?.(error))
  }

  #tellStatus(handlers: Handlers, status: LiveStatus): void {
    if (this.#told.get(handlers) === status) return
    this.#told.set(handlers, status)
    callSafely(() => handlers.status?.(status))
  }
}
