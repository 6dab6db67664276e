import type { Transaction } from '../stream.ts'
import { toHex, type Lsn } from './lsn.ts'
import { sees, type TransactionSnapshot } from './transaction-snapshot.ts'

/** How much of the past stays readable. Whichever limit is reached first ends it. */
export interface WindowLimits {
  readonly windowBytes: number
  readonly windowMs: number
  /** Log the server has to keep for the window, whoever wrote it. */
  readonly windowLogBytes: number
}

interface Entry {
  readonly transaction: Transaction
  /** Everything up to here had been read before it: a slot confirmed to here sends it again. */
  readonly before: Lsn
  readonly committedAtMs: number
  /** The highest transaction id up to and including this entry: grows, so it can be searched. */
  readonly highestXid: bigint
}

/** The last minutes of the stream, in memory. */
export class TransactionWindow {
  readonly #limits: WindowLimits
  #entries: Entry[] = []
  /** Entries before this index have left the window; they are cut off now and then. */
  #first = 0
  #bytes = 0
  #start: string

  constructor(start: Lsn, limits: WindowLimits) {
    this.#start = toHex(start)
    this.#limits = limits
  }

  add(transaction: Transaction, before: Lsn, nowMs: number): void {
    // A clock that runs ahead of ours must not keep an entry for longer than the window.
    const committedAtMs = Math.min(transaction.committedAtMs, nowMs)
    const highestXid = [this.#entries.at(-1)?.highestXid ?? 0n, transaction.xid].reduce((a, b) =>
      a > b ? a : b,
    )
    this.#entries.push({ transaction, before, committedAtMs, highestXid })
    this.#bytes += transaction.bytes
  }

  /** Lets go of what has become too old or too much. */
  trim(nowMs: number, position: Lsn): void {
    const { windowBytes, windowMs, windowLogBytes } = this.#limits
    for (let entry = this.#entries[this.#first]; entry !== undefined; entry = this.#entries[this.#first]) {
      const isOver =
        this.#bytes > windowBytes ||
        nowMs - entry.committedAtMs > windowMs ||
        position - entry.before > BigInt(windowLogBytes)
      if (!isOver) break
      this.#start = entry.transaction.lsn
      this.#bytes -= entry.transaction.bytes
      this.#first++
    }
    if (this.#first > 1000 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
  }

  /** What the server may forget: everything before the window. */
  confirmable(position: Lsn): Lsn {
    return this.#entries[this.#first]?.before ?? position
  }

  /** Whether every commit after this position is still known. */
  reaches(lsn: string): boolean {
    return lsn >= this.#start
  }

  since(lsn: string): readonly Transaction[] | undefined {
    if (!this.reaches(lsn)) return undefined
    return this.#from(entry => entry.transaction.lsn > lsn)
  }

  /** The commits a snapshot does not see. */
  notSeenBy(snapshot: TransactionSnapshot): readonly Transaction[] {
    return this.#from(entry => entry.highestXid >= snapshot.xmin).filter(({ xid }) => !sees(snapshot, xid))
  }

  /** The transactions from the first entry on for which `isReached` is true, as it then is for all later ones. */
  #from(isReached: (entry: Entry) => boolean): readonly Transaction[] {
    let low = this.#first
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isReached(this.#entries[middle]!)) high = middle
      else low = middle + 1
    }
    return this.#entries.slice(low).map(entry => entry.transaction)
  }
}
