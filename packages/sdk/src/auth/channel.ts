/** What tabs tell each other: that the stored session is another one, or what came of a window that signed in. */
export type Message = { readonly event: AuthEvent } | { readonly popup: PopupOutcome }

/** How the window of a provider ended; null: signed in. */
export type PopupOutcome = { readonly code: string; readonly detail: string } | null

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
  const channel = new BroadcastChannel(name)
  return {
    post: message => channel.postMessage(message),
    listen(hear) {
      const listener = ({ data }: MessageEvent<Message>) => hear(data)
      channel.addEventListener('message', listener)
      return () => channel.removeEventListener('message', listener)
    },
    close: () => channel.close(),
  }
}
