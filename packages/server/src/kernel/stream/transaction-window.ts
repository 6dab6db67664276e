import type { StreamTable, Transaction } from '../stream.ts'
import { ByteBlocks } from './byte-blocks.ts'
import { KeptTransaction } from './kept-transaction.ts'
import { toHex, type Lsn } from './lsn.ts'
import type { BuiltTransaction } from './transaction-builder.ts'
import { sees, type TransactionSnapshot } from './transaction-snapshot.ts'

/** How much of the past stays readable. Whichever limit is reached first ends it. */
export interface WindowLimits {
  /** Memory the window may take. */
  readonly windowBytes: number
  readonly windowMs: number
  /** Log the server has to keep for the window, whoever wrote it. */
  readonly windowLogBytes: number
}

/** What a transaction takes in memory on top of its changes: 388 were measured, with 300,000 of 100 bytes each. */
export const entryBytes = 400
const blockBytes = 256 * 1024

/** The last minutes of the stream, in memory. */
export class TransactionWindow {
  readonly #limits: WindowLimits
  readonly #blocks = new ByteBlocks(blockBytes)
  /** Those that have left the window are empty, for what they held may be large, and are cut off now and then. */
  #entries: (KeptTransaction | undefined)[] = []
  /** Index of the first that has not left. */
  #first = 0
  #bytes = 0
  #start: string
  #tables: readonly StreamTable[] = []

  constructor(start: Lsn, limits: WindowLimits) {
    this.#start = toHex(start)
    this.#limits = limits
  }

  add({ transaction, packed }: BuiltTransaction, before: Lsn, nowMs: number): void {
    const { lsn, xid } = transaction
    const highest = this.#entries.at(-1)?.highestXid ?? 0n
    // A clock that runs ahead of ours must not keep an entry for longer than the window.
    const committedAtMs = Math.min(transaction.committedAtMs, nowMs)
    const kept = { bytes: this.#blocks.keep(packed.bytes), tables: this.#sameTables(packed.tables) }
    this.#entries.push(
      new KeptTransaction({ lsn, xid, committedAtMs }, kept, before, xid > highest ? xid : highest),
    )
    this.#bytes += kept.bytes.length + entryBytes
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
      this.#start = entry.lsn
      this.#bytes -= entry.bytes + entryBytes
      this.#entries[this.#first++] = undefined
    }
    if (this.#first > 1000 ? this.#first * 2 > this.#entries.length : this.#first === this.#entries.length) {
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
    return this.#from(entry => entry.lsn > lsn)
  }

  /** The commits a snapshot does not see. */
  notSeenBy(snapshot: TransactionSnapshot): readonly Transaction[] {
    return this.#from(entry => entry.highestXid >= snapshot.xmin).filter(({ xid }) => !sees(snapshot, xid))
  }

  /** One list for all commits in a row that change the same tables. */
  #sameTables(tables: readonly StreamTable[]): readonly StreamTable[] {
    const isSame = tables.length === this.#tables.length && tables.every((one, i) => one === this.#tables[i])
    if (!isSame) this.#tables = tables
    return this.#tables
  }

  /** The transactions from the first entry on for which `isReached` is true, as it then is for all later ones. */
  #from(isReached: (entry: KeptTransaction) => boolean): readonly KeptTransaction[] {
    let low = this.#first
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isReached(this.#entries[middle]!)) high = middle
      else low = middle + 1
    }
    return this.#entries.slice(low) as KeptTransaction[]
  }
}
