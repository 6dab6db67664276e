import { systemClock, type Clock } from '../../kernel/clock.ts'

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
  readonly #clock: Clock
  #timer: NodeJS.Timeout | undefined
  #hearNoJump = () => {}

  constructor(events: TokenClockEvents, clock: Clock = systemClock) {
    this.#events = events
    this.#clock = clock
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
    this.#hearNoJump()
  }

  #at(timeMs: number, act: () => void): void {
    this.stop()
    const restMs = timeMs - this.#clock.now()
    this.#timer =
      restMs > longestTimerMs
        ? setTimeout(() => this.#at(timeMs, act), longestTimerMs)
        : setTimeout(act, Math.max(0, restMs))
    this.#hearNoJump = this.#clock.onJump(() => this.#at(timeMs, act))
  }
}
