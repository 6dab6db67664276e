import type { CloudBoxError } from '@cloudbox/client'
import { createEffect, createSignal, onCleanup } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import { box, type Todo } from './cloudbox'

interface State {
  /** Undefined until it is there; anew at every change of it, whoever makes it. */
  list: readonly Todo[] | undefined
  isOffline: boolean
  error: CloudBoxError | null
}

/** The live list of todos, while the component that makes it is there. */
export function createTodos() {
  const [state, setState] = createStore<State>({ list: undefined, isOffline: false, error: null })
  const [attempt, setAttempt] = createSignal(0)

  createEffect(() => {
    attempt()
    const stop = box
      .collection('todos')
      .orderBy('createdAt', 'desc')
      .subscribe({
        next: ({ data, meta }) => {
          // Only what differs is written, so only that is drawn again.
          setState('list', reconcile(data, { key: 'id' }))
          setState('isOffline', meta.status === 'stale')
        },
        error: error => setState('error', error),
      })
    onCleanup(stop)
  })

  function retry() {
    setState('error', null)
    setAttempt(attempt() + 1)
  }
  return [state, retry] as const
}
