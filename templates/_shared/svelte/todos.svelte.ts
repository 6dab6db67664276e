import type { CloudBoxError } from '@cloudbox/client'
import { box, type Todo } from './cloudbox'

/** The live list of todos, while the component that makes it is there. */
export class Todos {
  /** Undefined until it is there; anew at every change of it, whoever makes it. */
  list = $state.raw<readonly Todo[]>()
  isOffline = $state(false)
  error = $state.raw<CloudBoxError | null>(null)
  #attempt = $state(0)

  constructor() {
    $effect(() => {
      void this.#attempt
      return box
        .collection('todos')
        .orderBy('createdAt', 'desc')
        .subscribe({
          next: ({ data, meta }) => {
            this.list = data
            this.isOffline = meta.status === 'stale'
          },
          error: error => (this.error = error),
        })
    })
  }

  retry = () => {
    this.error = null
    this.#attempt++
  }
}
