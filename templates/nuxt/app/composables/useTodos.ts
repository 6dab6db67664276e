import type { CloudBoxError } from '@cloudbox/client'
import type { Schema } from '../../cloudbox/types'

/** The live list of todos: undefined until it is there, and anew at every change of it, whoever makes it. */
export function useTodos() {
  const box = useBox()
  const todos = shallowRef<readonly Schema['todos']['Row'][]>()
  const isOffline = ref(false)
  const error = shallowRef<CloudBoxError | null>(null)
  let stop = () => {}

  function subscribe() {
    error.value = null
    stop = box
      .collection('todos')
      .orderBy('createdAt', 'desc')
      .subscribe({
        next: ({ data, meta }) => {
          todos.value = data
          isOffline.value = meta.status === 'stale'
        },
        error: refused => (error.value = refused),
      })
  }

  onMounted(subscribe)
  onUnmounted(() => stop())
  return { todos, isOffline, error, retry: subscribe }
}
