import type { CloudBoxError } from '@cloudbox/client'
import { toError } from './loaded.svelte.ts'

/** Something that is asked for by hand: whether it is under way, and why it was refused. */
export class Attempt {
  isBusy = $state(false)
  error = $state.raw<CloudBoxError>()

  /** @returns whether it was done */
  async run(act: () => unknown): Promise<boolean> {
    this.isBusy = true
    this.error = undefined
    try {
      await act()
      return true
    } catch (cause) {
      this.error = toError(cause)
      return false
    } finally {
      this.isBusy = false
    }
  }
}
