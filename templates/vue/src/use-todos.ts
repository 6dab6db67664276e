import type { CloudBoxError } from '@cloudbox/client'
import { ref, shallowRef, watchEffect } from 'vue'
import { box, type Todo } from './cloudbox'

/** The live list of todos: undefined until it is there, and anew at every change of it, whoever makes it. */
export function useTodos() {
  const todos = shallowRef<readonly Todo[]>()
  const isOffline = ref(false)
  const error = shallowRef<CloudBoxError | null>(null)
  const attempt = ref(0)

  watchEffect(onCleanup => {
    void attempt.value
    const stop = box
      .collection('todos')
      .orderBy('createdAt', 'desc')
      .subscribe({
        next: ({ data, meta }) => {
          todos.value = data
          isOffline.value = meta.status === 'stale'
        },
        error: refused => (error.value = refused),
      })
    onCleanup(stop)
  })

  function retry() {
    error.value = null
    attempt.value++
  }
  return { todos, isOffline, error, retry }
}
