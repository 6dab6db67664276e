import { CloudBoxError } from '@cloudbox/client'

/** Something asked of the server: its answer, or why there is none. What was there stays until the next answer. */
export class Loaded<T> {
  value = $state.raw<T | undefined>()
  error = $state.raw<CloudBoxError | undefined>()
  isLoading = $state(false)
  readonly #load: (signal: AbortSignal) => Promise<T>
  #abort: AbortController | undefined

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#load = load
  }

  /** Asks anew; only the newest answer counts. */
  async reload(): Promise<void> {
    this.#abort?.abort()
    const abort = (this.#abort = new AbortController())
    this.isLoading = true
    try {
      const value = await this.#load(abort.signal)
      if (abort.signal.aborted) return
      this.value = value
      this.error = undefined
    } catch (error) {
      if (abort.signal.aborted) return
      this.error = toError(error)
    }
    this.isLoading = false
  }
}

/**
 * Asks as soon as it is used in a component, and again whenever what it reads changes.
 *
 * @example
 * const members = loaded(() => ask<Members>('GET', `/organisations/${organisation}/members`))
 */
export function loaded<T>(load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const result = new Loaded(load)
  $effect(() => {
    // What `load` reads before its first await makes it run again.
    void result.reload()
  })
  return result
}

/** Whatever was thrown, as something that can be shown. */
export function toError(error: unknown): CloudBoxError {
  if (error instanceof CloudBoxError) return error
  console.error(error)
  return new CloudBoxError({
    code: 'console/bug',
    detail: error instanceof Error ? error.message : String(error),
    hint: 'This is a fault of the console. Loading the page anew may help.',
  })
}
