/** What happened to the session. */
export type AuthEvent =
  'INITIAL_SESSION' | 'SIGNED_IN' | 'SIGNED_OUT' | 'TOKEN_REFRESHED' | 'USER_UPDATED' | 'PASSWORD_RECOVERY'

/** Tells every other tab of the same origin, not the one that posts, that the stored session is another one. */
export interface Channel {
  post(): void
  /** Gives the function that stops it. */
  listen(hear: () => void): () => void
  close(): void
}

/** Reaches nobody. */
export const noChannel: Channel = { post: () => {}, listen: () => () => {}, close: () => {} }

/**
 * @param name - of the entry of the storage, too
 * @param page - hears of changes of the storage: a message may come before what it tells of can be read, since tabs may
 * be processes of their own
 */
export function tabChannel(name: string, page: EventTarget | undefined = findPage()): Channel {
  const channel: BroadcastChannel & { unref?(): void } = new BroadcastChannel(name)
  // On Node it would keep the process alive.
  channel.unref?.()
  let isOpen = true
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this one reaches its own origin only
    post: () => isOpen && channel.postMessage(''),
    listen(hear) {
      const told = () => hear()
      const stored = (event: Event) => {
        if ((event as StorageEvent).key === name) hear()
      }
      channel.addEventListener('message', told)
      page?.addEventListener('storage', stored)
      return () => {
        channel.removeEventListener('message', told)
        page?.removeEventListener('storage', stored)
      }
    },
    close() {
      isOpen = false
      channel.close()
    },
  }
}

function findPage(): EventTarget | undefined {
  return typeof document === 'object' ? globalThis : undefined
}
