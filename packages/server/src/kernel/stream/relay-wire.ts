import { encodeMessage, type LinkMessage } from '../link.ts'
import type { RowChange, StreamChange, StreamColumn, StreamRow, StreamTable, Transaction } from '../stream.ts'

/** A change as it travels. */
type WireRowChange = readonly [
  kind: RowChange['kind'],
  table: number,
  after: StreamRow | 0,
  before: StreamRow | 0,
]
type WireChange =
  | WireRowChange
  | readonly ['truncate' | 'bulk', table: number]
  | readonly ['event', name: string, payload: unknown]

type WireTransaction = readonly [
  lsn: string,
  xid: string,
  committedAtMs: number,
  bytes: number,
  changes: readonly WireChange[],
]

/** What the process that reads the stream tells the others. */
export type FromSource =
  | { readonly t: 'stream.hello'; readonly epoch: string; readonly lsn: string }
  | { readonly t: 'stream.ready' }
  /** A table that commits after this will name by its number. */
  | {
      readonly t: 'stream.table'
      readonly n: number
      readonly table: readonly [string, string, StreamColumn[]]
    }
  | { readonly t: 'stream.tx'; readonly x: WireTransaction }
  /** Every commit up to here has been told. */
  | { readonly t: 'stream.at'; readonly lsn: string }
  /** Commits before this position may not have been told. */
  | { readonly t: 'stream.break'; readonly epoch: string; readonly lsn: string }
  /** Some of the commits asked for. */
  | { readonly t: 'stream.part'; readonly id: number; readonly x: readonly WireTransaction[] }
  /** The answer is complete; of no use when the window does not reach back that far. */
  | { readonly t: 'stream.answer'; readonly id: number; readonly isKnown: boolean; readonly lsn: string }
  | { readonly t: 'stream.failed'; readonly id: number; readonly message: string }

/** What they ask it. */
export type ToSource =
  | { readonly t: 'stream.since'; readonly id: number; readonly lsn: string }
  | { readonly t: 'stream.unseen'; readonly id: number; readonly snapshot: string; readonly from: string }
  | { readonly t: 'stream.mark'; readonly id: number }

/** Writes commits for other processes. A table is told once to each and is a number from then on. */
export class TransactionEncoder {
  readonly #numbers = new WeakMap<StreamTable, number>()
  #last = 0

  /** Calls `tell` for each table of the commit, before it may be sent. */
  encode(transaction: Transaction, tell: (n: number, table: StreamTable) => void): WireTransaction {
    const { lsn, xid, committedAtMs, bytes, changes } = transaction
    const numberOf = (table: StreamTable) => {
      let n = this.#numbers.get(table)
      if (n === undefined) this.#numbers.set(table, (n = ++this.#last))
      tell(n, table)
      return n
    }
    const wire = changes.map((change): WireChange => {
      if (change.kind === 'event') return ['event', change.name, change.payload]
      if (change.kind === 'truncate' || change.kind === 'bulk') return [change.kind, numberOf(change.table)]
      return [change.kind, numberOf(change.table), change.new ?? 0, change.old ?? 0]
    })
    return [lsn, String(xid), committedAtMs, bytes, wire]
  }
}

export function tableMessage(n: number, { schema, name, columns }: StreamTable): Buffer {
  return encodeMessage({ t: 'stream.table', n, table: [schema, name, [...columns]] } as FromSource)
}

/** Reads them. Equal numbers give the same table object, as the stream itself does. */
export class TransactionDecoder {
  readonly #tables = new Map<number, StreamTable>()

  learn(n: number, [schema, name, columns]: readonly [string, string, StreamColumn[]]): void {
    this.#tables.set(n, { schema, name, columns })
  }

  decode([lsn, xid, committedAtMs, bytes, wire]: WireTransaction): Transaction {
    const changes = wire.map((change): StreamChange => {
      if (change[0] === 'event') return { kind: 'event', name: change[1], payload: change[2] }
      const table = this.#tables.get(change[1])!
      if (change[0] === 'truncate' || change[0] === 'bulk') return { kind: change[0], table }
      return rowChange(change as WireRowChange, table)
    })
    return { lsn, xid: BigInt(xid), committedAtMs, bytes, changes }
  }
}

function rowChange([kind, , after, before]: WireRowChange, table: StreamTable): RowChange {
  return { kind, table, ...(after === 0 ? {} : { new: after }), ...(before === 0 ? {} : { old: before }) }
}

export function isFromSource(message: LinkMessage): message is FromSource {
  return message.t.startsWith('stream.')
}

export function isToSource(message: LinkMessage): message is ToSource {
  return message.t.startsWith('stream.')
}
