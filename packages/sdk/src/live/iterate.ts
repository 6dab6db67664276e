import type { CloudBoxError } from '../cloudbox-error.ts'
import { mergeChanges } from './changes.ts'
import type { DocumentChange, Listener } from './snapshot.ts'

/** What both kinds of snapshots have. */
interface Changing {
  readonly changes: readonly DocumentChange<object>[]
}

/** Turns a subscription into an iteration that holds at most one snapshot back and merges what comes meanwhile. */
export function iterate<Shot extends Changing>(
  subscribe: (listener: Listener<Shot>) => () => void,
): AsyncIterableIterator<Shot, void, undefined> {
  let stop: (() => void) | undefined
  let waiting: Shot | undefined
  let failed: CloudBoxError | undefined
  let isDone = false
  let wake: (() => void) | undefined

  const start = () =>
    subscribe({
      next(snapshot) {
        waiting = waiting
          ? { ...snapshot, changes: mergeChanges(waiting.changes, snapshot.changes) }
          : snapshot
        wake?.()
      },
      error(error) {
        failed = error
        wake?.()
      },
    })

  return {
    async next() {
      if (!isDone) stop ??= start()
      while (waiting === undefined && failed === undefined && !isDone)
        await new Promise<void>(resolve => (wake = resolve))
      if (isDone) return { done: true, value: undefined }
      const value = waiting
      waiting = undefined
      if (value !== undefined) return { done: false, value }
      isDone = true
      throw failed
    },
    async return() {
      isDone = true
      stop?.()
      wake?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
