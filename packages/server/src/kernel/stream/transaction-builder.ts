import type { StreamChange, StreamTable, Transaction } from '../stream.ts'
import { toHex, type Lsn } from './lsn.ts'

/** From here on the rows a transaction changed in one table are not kept one by one. */
export interface BulkLimits {
  readonly bulkRows: number
  readonly bulkBytes: number
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
  #changes: StreamChange[] = []
  #bytes = 0

  constructor(xid: bigint, limits: BulkLimits) {
    this.#xid = xid
    this.#limits = limits
  }

  /** Adds a change that took so many bytes on the wire. */
  add(change: StreamChange, bytes: number): void {
    if (change.kind === 'event' || change.kind === 'truncate' || change.kind === 'bulk') {
      this.#keep(change, bytes)
      return
    }
    const count = this.#counts.get(change.table) ?? { rows: 0, bytes: 0 }
    if (count.rows === 0) this.#counts.set(change.table, count)
    const wasBulk = this.#isBulk(count)
    count.rows++
    count.bytes += bytes
    if (wasBulk) return
    if (this.#isBulk(count)) this.#drop(change.table, count.bytes - bytes)
    else this.#keep(change, bytes)
  }

  finish(end: Lsn, committedAtMs: number): Transaction {
    return { lsn: toHex(end), xid: this.#xid, committedAtMs, changes: this.#changes, bytes: this.#bytes }
  }

  #isBulk(count: TableCount): boolean {
    return count.rows > this.#limits.bulkRows || count.bytes > this.#limits.bulkBytes
  }

  #keep(change: StreamChange, bytes: number): void {
    this.#changes.push(change)
    this.#bytes += bytes
  }

  #drop(table: StreamTable, bytes: number): void {
    this.#changes = this.#changes.filter(
      change => change.kind === 'event' || change.kind === 'truncate' || change.table !== table,
    )
    this.#bytes -= bytes
    this.#changes.push({ kind: 'bulk', table })
  }
}
