import type { ChangeStream, Transaction } from '../../kernel/stream.ts'

/**
 * Answers of the change stream about the past, made exact. An answer is as of some moment near its question; what is
 * heard until it is used is added to it, and what it holds already of what will be heard is left out.
 */
export class Past {
  readonly #stream: ChangeStream
  /** What was heard since each question that is still open was asked. */
  readonly #heard = new Set<Transaction[]>()

  constructor(stream: ChangeStream) {
    this.#stream = stream
  }

  /** Every commit the broker hears, before it acts on it. */
  hear(transaction: Transaction): void {
    for (const heard of this.#heard) heard.push(transaction)
  }

  /** Asks for the commits after a position, up to the moment of `use`. */
  since(lsn: string, use: (missed: readonly Transaction[] | undefined) => void): Promise<void> {
    return this.#upToNow(this.#stream.since(lsn), use)
  }

  /**
   * Asks for the commits a snapshot did not see, up to the moment of `use`. Everything committed before the snapshot
   * was taken has to have been heard (`caughtUp`), so that what is heard from now on is nothing it has seen.
   */
  notSeenBy(
    snapshot: string,
    from: string,
    use: (missed: readonly Transaction[] | undefined) => void,
  ): Promise<void> {
    return this.#upToNow(this.#stream.notSeenBy(snapshot, from), use)
  }

  /**
   * Calls `use` at once when the answer is there: the next commit heard is the first that is not in it. Undefined when
   * the past is not known, or has become another one meanwhile.
   */
  async #upToNow(
    answer: Promise<readonly Transaction[] | undefined>,
    use: (missed: readonly Transaction[] | undefined) => void,
  ): Promise<void> {
    const stream = this.#stream
    const { epoch } = stream
    const heard: Transaction[] = []
    this.#heard.add(heard)
    try {
      const known = await answer
      if (known === undefined || stream.epoch !== epoch) return use(undefined)
      const newest = known.at(-1)?.lsn ?? ''
      const position = stream.lsn
      use([...known.filter(({ lsn }) => lsn <= position), ...heard.filter(({ lsn }) => lsn > newest)])
    } finally {
      this.#heard.delete(heard)
    }
  }
}
