/** How often deadlines are looked at: a statement is late by up to this much more. */
const tickMs = 25

/** One deadline that is being watched. */
export interface Deadline {
  /** It is no longer of interest: nothing is called afterwards. */
  end(): void
}

/**
 * Watches many deadlines with one coarse timer, which runs only while there are any: most statements are over long
 * before, and a timer of its own for each would cost more than it guards.
 */
export class Deadlines {
  readonly #open = new Set<{ readonly atMs: number; readonly passed: () => void }>()
  #timer: NodeJS.Timeout | undefined

  /** Calls `passed` once after `timeoutMs`, unless the deadline was ended before. */
  watch(timeoutMs: number, passed: () => void): Deadline {
    const entry = { atMs: performance.now() + timeoutMs, passed }
    this.#open.add(entry)
    this.#timer ??= setInterval(() => this.#look(), tickMs).unref()
    return { end: () => void this.#open.delete(entry) }
  }

  #look(): void {
    const nowMs = performance.now()
    for (const entry of this.#open) {
      if (entry.atMs > nowMs) continue
      this.#open.delete(entry)
      entry.passed()
    }
    if (this.#open.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
