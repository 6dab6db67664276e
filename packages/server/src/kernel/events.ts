/** A kind of event, named `<word>.<noun>-<past participle>`; it travels in the change stream with the transaction that wrote it. */
export interface EventKind<T> {
  readonly name: string
  readonly __payload?: T
}

/** Something that hears one kind of event, in commit order, in every process. */
export interface Listener {
  readonly event: string
  handle(payload: never): void | Promise<void>
}

/** Declares a kind of event. */
export function defineEvent<T>(name: string): EventKind<T> {
  return { name }
}

/** Listens to a kind of event. */
export function on<T>(event: EventKind<T>, handle: (payload: T) => void | Promise<void>): Listener {
  return { event: event.name, handle }
}
