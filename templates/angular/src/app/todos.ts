import { DestroyRef, inject, Injectable, signal } from '@angular/core'
import type { CloudBoxError } from '@cloudbox/client'
import { box, type Todo } from './cloudbox'

/** The live list of todos, while the component that provides it is there. */
@Injectable()
export class Todos {
  /** Undefined until it is there; anew at every change of it, whoever makes it. */
  readonly list = signal<readonly Todo[] | undefined>(undefined)
  readonly isOffline = signal(false)
  readonly error = signal<CloudBoxError | null>(null)
  #stop = () => {}

  constructor() {
    this.subscribe()
    inject(DestroyRef).onDestroy(() => this.#stop())
  }

  subscribe(): void {
    this.error.set(null)
    this.#stop = box
      .collection('todos')
      .orderBy('createdAt', 'desc')
      .subscribe({
        next: ({ data, meta }) => {
          this.list.set(data)
          this.isOffline.set(meta.status === 'stale')
        },
        error: error => this.error.set(error),
      })
  }
}
