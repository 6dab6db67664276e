import type { ChangeStream, Transaction } from '../../kernel/stream.ts'

const marksEveryMs = 60_000
const marksKept = 12

/**
 * Answers of the change stream about the past, made exact. An answer is as of some moment near its question; what is
 * heard until it is used is added to it, and what it holds already of what will be heard is left out.
 */
export class Past {
  readonly #stream: ChangeStream
  /** What was heard since each question that is still open was asked. */
  readonly #heard = new Set<Transaction[]>()

  /** Positions the window may reach back to, oldest first. */
  #marks: readonly string[]
  #markedAtMs = 0

  constructor(stream: ChangeStream) {
    this.#stream = stream
    this.#marks = [stream.lsn]
  }

  /** Every commit the broker hears, before it acts on it. */
  hear(transaction: Transaction): void {
    if (transaction.committedAtMs - this.#markedAtMs > marksEveryMs) {
      this.#markedAtMs = transaction.committedAtMs
      this.#marks = [...this.#marks.slice(1 - marksKept), transaction.lsn]
    }
    for (const heard of this.#heard) heard.push(transaction)
  }

  /** As much as is still known of the last minutes; undefined when that is nothing. */
  async recent(): Promise<readonly Transaction[] | undefined> {
    for (const mark of [...this.#marks, this.#stream.lsn]) {
      const known = await this.#stream.since(mark)
      if (known !== undefined) return known
    }
    return undefined
  }

  /** Asks for the commits after a position, up to the moment of `use`. */
  since(lsn: string, use: (missed: readonly Transaction[] | undefined) => void): Promise<void> {
    return this.#upToNow(this.#stream.since(lsn), lsn, use)
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
    return this.#upToNow(this.#stream.notSeenBy(snapshot, from), '', use)
  }

  /**
   * Calls `use` at once when the answer is there: the next commit heard is the first that is not in it. Undefined when
   * the past is not known, or has become another one meanwhile.
   */
  async #upToNow(
    answer: Promise<readonly Transaction[] | undefined>,
    /** Nothing up to here belongs to it: another process may have told a client more than this one has heard. */
    after: string,
    use: (missed: readonly Transaction[] | undefined) => void,
  ): Promise<void> {
    const stream = this.#stream
    const { epoch } = stream
    const heard: Transaction[] = []
    this.#heard.add(heard)
    try {
      const known = await answer
      if (known === undefined || stream.epoch !== epoch) return use(undefined)
      const newest = known.at(-1)?.lsn ?? after
      const position = stream.lsn
      use([...known.filter(({ lsn }) => lsn <= position), ...heard.filter(({ lsn }) => lsn > newest)])
    } finally {
      this.#heard.delete(heard)
    }
  }
}
