/** How far back a rate looks: what was long ago says little about what comes. */
const windowMs = 30_000

/** How fast a number grows. */
export class Rate {
  readonly #samples: { readonly ms: number; readonly rows: number }[] = []

  add(ms: number, rows: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && rows < last.rows) this.#samples.length = 0
    this.#samples.push({ ms, rows })
    while (this.#samples.length > 2 && ms - this.#samples[0]!.ms > windowMs) this.#samples.shift()
  }

  /** Undefined while nothing can be said. */
  get perSecond(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.ms - first.ms < 500) return undefined
    const rate = ((last.rows - first.rows) * 1000) / (last.ms - first.ms)
    return rate > 0 ? rate : undefined
  }
}
