/** Windows begin at whole ten seconds. */
const slotMs = 10_000
/** The longest windows that are stored. */
const longestStepMs = 3_600_000

/** How many there were in the last minutes or hours: a number for each ten seconds, and their sum. */
export class RecentCount {
  readonly #reachMs: number
  readonly #slots: Float64Array
  /** Everything that began before is dropped, and everything after is in its slot. */
  #from = -Infinity
  #newest = -Infinity
  #sum = 0

  constructor(reachMs: number) {
    this.#reachMs = reachMs
    this.#slots = new Float64Array(Math.ceil(Math.max(reachMs, longestStepMs) / slotMs) + 1)
  }

  /** Adds what was counted in a window; @returns how many there were in the time that ends with it. */
  add(at: number, stepMs: number, count: number): number {
    const from = at + stepMs - Math.max(this.#reachMs, stepMs)
    const end = Math.min(from, this.#newest + slotMs)
    for (let slot = Math.max(this.#from, end - this.#slots.length * slotMs); slot < end; slot += slotMs) {
      const index = this.#indexOf(slot)
      this.#sum -= this.#slots[index]!
      this.#slots[index] = 0
    }
    this.#from = Math.max(this.#from, from)
    this.#newest = at
    this.#slots[this.#indexOf(at)]! += count
    return (this.#sum += count)
  }

  #indexOf(at: number): number {
    return Math.floor(at / slotMs) % this.#slots.length
  }
}
