/** What tabs tell each other: that the stored session is another one. */
export interface Message {
  readonly event: AuthEvent
}

/** What happened to the session. */
export type AuthEvent =
  'INITIAL_SESSION' | 'SIGNED_IN' | 'SIGNED_OUT' | 'TOKEN_REFRESHED' | 'USER_UPDATED' | 'PASSWORD_RECOVERY'

/** Reaches every other tab of the same origin, not the one that posts. */
export interface Channel {
  post(message: Message): void
  /** Gives the function that stops it. */
  listen(hear: (message: Message) => void): () => void
  close(): void
}

/** Reaches nobody. */
export const noChannel: Channel = { post: () => {}, listen: () => () => {}, close: () => {} }

export function tabChannel(name: string): Channel {
  const channel: BroadcastChannel & { unref?(): void } = new BroadcastChannel(name)
  // On Node it would keep the process alive.
  channel.unref?.()
  let isOpen = true
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this one reaches its own origin only
    post: message => isOpen && channel.postMessage(message),
    listen(hear) {
      const listener = ({ data }: MessageEvent<Message>) => hear(data)
      channel.addEventListener('message', listener)
      return () => channel.removeEventListener('message', listener)
    },
    close() {
      isOpen = false
      channel.close()
    },
  }
}
