import type { EventChange, RowChange, StreamChange, StreamTable, Transaction } from '../stream.ts'
import { toHex, type Lsn } from './lsn.ts'
import { ChangePacker, type PackedChanges } from './packed-changes.ts'

/** From here on the rows a transaction changed in one table are not kept one by one. */
export interface BulkLimits {
  readonly bulkRows: number
  readonly bulkBytes: number
}

/** A transaction, for those who hear it now, and packed, for those who ask for it later. */
export interface BuiltTransaction {
  readonly transaction: Transaction
  readonly packed: PackedChanges
}

interface TableCount {
  rows: number
  bytes: number
}

/** Collects the changes of the transaction that is being received. */
export class TransactionBuilder {
  readonly #xid: bigint
  readonly #limits: BulkLimits
  readonly #counts = new Map<StreamTable, TableCount>()
  readonly #packer = new ChangePacker()
  #changes: StreamChange[] = []

  constructor(xid: bigint, limits: BulkLimits) {
    this.#xid = xid
    this.#limits = limits
  }

  /** Adds a row's change and the message that told it, whose bytes are copied. */
  row(change: RowChange, message: Buffer): void {
    const { table } = change
    let count = this.#counts.get(table)
    if (count === undefined) this.#counts.set(table, (count = { rows: 0, bytes: 0 }))
    const wasBulk = this.#isBulk(count)
    count.rows++
    count.bytes += message.length
    if (wasBulk) return
    if (this.#isBulk(count)) return this.#drop(table)
    this.#changes.push(change)
    this.#packer.row(table, message)
  }

  truncate(table: StreamTable): void {
    this.#changes.push({ kind: 'truncate', table })
    this.#packer.whole('truncate', table)
  }

  /** Adds an event and the text it was read from. */
  event(event: EventChange, content: string): void {
    this.#changes.push(event)
    this.#packer.event(content)
  }

  finish(end: Lsn, committedAtMs: number): BuiltTransaction {
    const packed = this.#packer.finish()
    const transaction = {
      lsn: toHex(end),
      xid: this.#xid,
      committedAtMs,
      changes: this.#changes,
      bytes: packed.bytes.length,
    }
    return { transaction, packed }
  }

  #isBulk(count: TableCount): boolean {
    return count.rows > this.#limits.bulkRows || count.bytes > this.#limits.bulkBytes
  }

  #drop(table: StreamTable): void {
    this.#changes = this.#changes.filter(
      change => change.kind === 'event' || change.kind === 'truncate' || change.table !== table,
    )
    this.#packer.dropRows(table)
    this.#changes.push({ kind: 'bulk', table })
    this.#packer.whole('bulk', table)
  }
}
