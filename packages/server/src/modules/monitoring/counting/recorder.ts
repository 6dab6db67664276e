import type { Clock } from '../../../kernel/clock.ts'
import type { Observation } from '../../../kernel/observation.ts'
import type { Level } from '../../../kernel/observer.ts'
import {
  Counted,
  countedOf,
  levelNames,
  nowhere,
  tallyKey,
  type CountedWindow,
  type LevelName,
} from './window.ts'

/** Length of the shortest windows. */
export const windowMs = 10_000
/** Windows that wait to be taken: ten minutes. */
const mostFinished = 60

/** Counts what is done in this process, window by window. */
export class Recorder {
  readonly #clock: Clock
  readonly #levels: () => Iterable<Level>
  readonly #ended: (window: CountedWindow) => void
  readonly #finished: CountedWindow[] = []
  #at: number
  #environments = new Map<string, Counted>()
  /** Most requests are for the environment of the one before. */
  #lastId = ''
  #last = new Counted()

  /**
   * @param levels asked at the end of each window
   * @param ended hears of each window as soon as it has ended
   */
  constructor(
    clock: Clock,
    levels: () => Iterable<Level>,
    ended: (window: CountedWindow) => void = () => {},
  ) {
    this.#clock = clock
    this.#levels = levels
    this.#ended = ended
    this.#at = this.#begin()
  }

  hear(observation: Observation): void {
    // Whoever takes windows may come late; what happens now belongs to no earlier one.
    this.turn()
    const { operation, environment, status, durationMs, times } = observation
    const id = environment?.id ?? nowhere
    if (id !== this.#lastId) {
      this.#lastId = id
      this.#last = countedOf(this.#environments, id)
    }
    const tally = this.#last.tally(tallyKey(operation, status))
    tally.count += times
    tally.durationUs += Math.round(durationMs * 1000) * times
    tally.databaseUs += Math.round(observation.databaseMs * 1000)
    tally.rows += observation.rows
    tally.bytesIn += observation.bytesIn
    tally.bytesOut += observation.bytesOut
    tally.durations.add(durationMs, times)
  }

  /** Ends the window unless it still goes on. */
  turn(): void {
    const at = this.#begin()
    if (at === this.#at) return
    for (const { name, environmentId = nowhere, value } of this.#levels()) {
      if (!isLevelName(name)) continue
      const { levels } = countedOf(this.#environments, environmentId)
      const before = levels.get(name)
      // Several may tell parts of the same level.
      if (before === undefined) levels.set(name, { samples: 1, sum: value, highest: value })
      else before.highest = before.sum += value
    }
    const window = { at: this.#at, environments: this.#environments }
    this.#finished.push(window)
    this.#ended(window)
    if (this.#finished.length > mostFinished) this.#finished.shift()
    this.#at = at
    this.#environments = new Map()
    this.#lastId = ''
  }

  /** Windows that have ended since the last time. */
  take(): CountedWindow[] {
    this.turn()
    return this.#finished.splice(0)
  }

  /** Those, and the one that goes on, which begins anew. */
  takeAll(): CountedWindow[] {
    const finished = this.take()
    const begun = { at: this.#at, environments: this.#environments }
    this.#environments = new Map()
    this.#lastId = ''
    return begun.environments.size === 0 ? finished : [...finished, begun]
  }

  /** What goes on, to be read only. */
  get current(): CountedWindow {
    return { at: this.#at, environments: this.#environments }
  }

  #begin(): number {
    return Math.floor(this.#clock.now() / windowMs) * windowMs
  }
}

const known = new Set<string>(levelNames)

function isLevelName(name: string): name is LevelName {
  return known.has(name)
}
