export interface TokenClockEvents {
  /** The token ends soon, at this time. */
  expiring(atMs: number): void
  /** The token has ended, and no other has come. */
  expired(): void
}

/** How long before its end a token's owner is told. */
const warningMs = 60_000
/** How long after its end a new token is still waited for. */
const graceMs = 30_000
/** The longest a timer can wait. */
const longestTimerMs = 2 ** 31 - 1

/** Watches the end of one token. */
export class TokenClock {
  readonly #events: TokenClockEvents
  #timer: NodeJS.Timeout | undefined

  constructor(events: TokenClockEvents) {
    this.#events = events
  }

  /** Watches this end instead of the one before; undefined: there is none. */
  watch(endsAtMs: number | undefined): void {
    this.stop()
    if (endsAtMs === undefined) return
    this.#at(endsAtMs - warningMs, () => {
      this.#events.expiring(endsAtMs)
      this.#at(endsAtMs + graceMs, () => this.#events.expired())
    })
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #at(timeMs: number, act: () => void): void {
    const restMs = timeMs - Date.now()
    this.#timer =
      restMs > longestTimerMs
        ? setTimeout(() => this.#at(timeMs, act), longestTimerMs)
        : setTimeout(act, Math.max(0, restMs))
  }
}
