/** A kind of event, named `<word>.<noun>-<past participle>`; it travels in the change stream with the transaction that wrote it. */
export interface EventKind<T> {
  readonly name: string
  readonly __payload?: T
}

/** Something that hears one kind of event, in commit order, in every process. */
export interface Listener {
  readonly event: string
  handle(payload: never, commit: EventCommit): void | Promise<void>
}

/**
 * The commit an event came with. The log is ahead of what can be seen: a query sent now may still not see the commit.
 * Whoever keeps what such a query answers has to ask `pg_current_snapshot()` in the same statement (`sees`).
 */
export interface EventCommit {
  /** The transaction's id, 64 bits. */
  readonly xid: bigint
}

/** Declares a kind of event. */
export function defineEvent<T>(name: string): EventKind<T> {
  return { name }
}

/** Listens to a kind of event. */
export function on<T>(
  event: EventKind<T>,
  handle: (payload: T, commit: EventCommit) => void | Promise<void>,
): Listener {
  return { event: event.name, handle }
}
