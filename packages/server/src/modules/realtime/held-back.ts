import { netEffects, type AnswerRow, type Effect } from './effect.ts'

/** Effects that may gather before they are reduced to their net. */
const compactAfter = 1000

/** Changes of a group that wait to be told together. */
export class HeldBack {
  /** Nothing up to here waits. */
  readonly since: string
  /** What the clients see of a window meanwhile. */
  readonly shown: readonly AnswerRow[] | undefined
  /** When the newest of them was committed. */
  atMs = 0
  /** It should have been told already, but the window is frozen. */
  isDue = false
  readonly #timer: NodeJS.Timeout
  #effects: Effect[] = []
  #compactAt = compactAfter

  constructor(since: string, shown: readonly AnswerRow[] | undefined, timer: NodeJS.Timeout) {
    this.since = since
    this.shown = shown
    this.#timer = timer
  }

  /** Adds changes. Tells how many documents wait, about. */
  add(effects: readonly Effect[]): number {
    this.#effects.push(...effects)
    if (this.#effects.length > this.#compactAt) {
      this.#effects = netEffects(this.#effects)
      this.#compactAt = 2 * this.#effects.length + compactAfter
    }
    return this.#effects.length
  }

  /** What they come to. */
  net(): Effect[] {
    return netEffects(this.#effects)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
