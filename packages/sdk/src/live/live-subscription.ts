/** How a live query is told its changes. */
export interface LiveOptions {
  /** Tell changes together, at most every so many milliseconds (10 to 60,000). */
  readonly coalesce?: number
  /**
   * `rows`, unless told: the result is exact, but several commits may be told as one where they had to wait.
   * `lossless`: the listener is called once for every commit, with every change in it, also with those made while the
   * connection was lost. Not with `limit` or `coalesce`.
   */
  readonly mode?: 'rows' | 'lossless'
}

/** A live query under way: call it to stop it. */
export interface LiveSubscription {
  (): void
  /**
   * Resolves when the listener has been called with a result that contains this commit (`commit` of a write's result),
   * or when the commit does not concern it. Rejects when the subscription ends before, or nobody knows the commit.
   * `write.committedTo(subscription)` calls it.
   */
  passed(commit: string): Promise<void>
}
