/** How many there were in a time, and how many of them were bad. */
export interface Ratio {
  readonly count: number
  readonly bad: number
}

interface Sample {
  at: number
  /** How much of it was counted. */
  ms: number
  count: number
  bad: number
}

const minuteMs = 60_000
const hourMs = 3_600_000
/** Longest windows that are summed of ten seconds, of minutes and of hours; with some room. */
const secondsKeptMs = 62 * minuteMs
const minutesKeptMs = 362 * minuteMs
const hoursKeptMs = 74 * hourMs

/**
 * Counts of the last days, the older the coarser: some 1000 numbers, whatever was counted. When it is filled from stored
 * windows that are as coarse, it comes out the same.
 */
export class RatioHistory {
  readonly #seconds: Sample[] = []
  readonly #minutes: Sample[] = []
  readonly #hours: Sample[] = []

  add(at: number, stepMs: number, { count, bad }: Ratio): void {
    const into = stepMs >= hourMs ? this.#hours : stepMs >= minuteMs ? this.#minutes : this.#seconds
    into.push({ at, ms: stepMs, count, bad })
    const end = at + stepMs
    move(this.#seconds, this.#minutes, minuteMs, end - secondsKeptMs)
    move(this.#minutes, this.#hours, hourMs, end - minutesKeptMs)
    while (this.#hours.length > 0 && this.#hours[0]!.at < end - hoursKeptMs) this.#hours.shift()
  }

  /** Everything that began since then, and how much of that time was counted. */
  since(at: number): Ratio & { readonly measuredMs: number } {
    let measuredMs = 0
    let count = 0
    let bad = 0
    for (const samples of [this.#seconds, this.#minutes, this.#hours])
      for (let i = samples.length - 1; i >= 0 && samples[i]!.at >= at; i--) {
        measuredMs += samples[i]!.ms
        count += samples[i]!.count
        bad += samples[i]!.bad
      }
    return { measuredMs, count, bad }
  }
}

/** Merges what began before a time into longer samples. */
function move(from: Sample[], into: Sample[], stepMs: number, before: number): void {
  let moved = 0
  for (; moved < from.length && from[moved]!.at < before; moved++) {
    const { at, ms, count, bad } = from[moved]!
    const begin = Math.floor(at / stepMs) * stepMs
    const last = into.at(-1)
    if (last?.at === begin) {
      last.ms += ms
      last.count += count
      last.bad += bad
    } else into.push({ at: begin, ms, count, bad })
  }
  if (moved > 0) from.splice(0, moved)
}
