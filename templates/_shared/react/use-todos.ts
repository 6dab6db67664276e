import type { CloudBoxError, Snapshot } from '@cloudbox/client'
import { useEffect, useState } from 'react'
import { box, type Todo } from './cloudbox'

/** The live list of todos: undefined until it is there, and anew at every change of it, whoever makes it. */
export function useTodos() {
  const [snapshot, setSnapshot] = useState<Snapshot<Todo>>()
  const [error, setError] = useState<CloudBoxError | null>(null)
  const [attempt, setAttempt] = useState(0)

  useEffect(
    () =>
      box.collection('todos').orderBy('createdAt', 'desc').subscribe({ next: setSnapshot, error: setError }),
    [attempt],
  )

  const retry = () => {
    setError(null)
    setAttempt(attempt + 1)
  }
  return { todos: snapshot?.data, isOffline: snapshot?.meta.status === 'stale', error, retry }
}
