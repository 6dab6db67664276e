import type { RowChange, StreamColumn, StreamRow, StreamTable } from '../stream.ts'
import type { Lsn } from './lsn.ts'

/** One message of the pgoutput plugin, protocol 1: PostgreSQL manual, "Logical Replication Message Formats". */
export type PgOutputMessage =
  | { readonly kind: 'begin'; readonly xid: number }
  | { readonly kind: 'commit'; readonly end: Lsn; readonly committedAtMs: number }
  | { readonly kind: 'row'; readonly change: RowChange }
  | { readonly kind: 'truncate'; readonly tables: readonly StreamTable[] }
  | { readonly kind: 'message'; readonly prefix: string; readonly content: string }
  | { readonly kind: 'other' }

const other: PgOutputMessage = { kind: 'other' }

/** Milliseconds from 1970 to 2000, where Postgres starts to count. */
export const postgresEpochMs = 946_684_800_000

/** Makes a decoder. It remembers the tables the server has described, so one is needed per server, not per connection. */
export function pgOutputDecoder(): (bytes: Buffer) => PgOutputMessage {
  const tables = new Map<number, StreamTable>()
  return bytes => {
    const input = new Input(bytes)
    switch (input.letter()) {
      case 'B':
        input.skip(16)
        return { kind: 'begin', xid: input.uint32() }
      case 'C': {
        input.skip(9)
        const end = input.uint64()
        return { kind: 'commit', end, committedAtMs: Number(input.uint64()) / 1000 + postgresEpochMs }
      }
      case 'R':
        readRelation(input, tables)
        return other
      case 'I':
      case 'U':
      case 'D':
        return { kind: 'row', change: decodeRowChange(bytes, tables.get(input.uint32())!) }
      case 'T': {
        const count = input.uint32()
        input.skip(1)
        return { kind: 'truncate', tables: Array.from({ length: count }, () => tables.get(input.uint32())!) }
      }
      case 'M': {
        input.skip(9)
        return { kind: 'message', prefix: input.name(), content: input.text() }
      }
      default:
        return other
    }
  }
}

/** Reads a whole message of kind I, U or D, which tells one changed row of the table. */
export function decodeRowChange(message: Buffer, table: StreamTable): RowChange {
  const input = new Input(message)
  const letter = input.letter()
  input.skip(4)
  switch (letter) {
    case 'I':
      input.skip(1)
      return { kind: 'insert', table, new: readRow(input, undefined) }
    case 'D':
      input.skip(1)
      return { kind: 'delete', table, old: readRow(input, undefined) }
    default: {
      // K: only the key before the change, O: the whole row before it (REPLICA IDENTITY FULL), N: neither.
      const hasOld = input.letter() !== 'N'
      const old = hasOld ? readRow(input, undefined) : undefined
      if (hasOld) input.skip(1)
      const fresh = readRow(input, old)
      return { kind: 'update', table, new: fresh, ...(old === undefined ? {} : { old }) }
    }
  }
}

/** The server repeats descriptions whenever its caches are cleared; a table that has not changed stays the same object. */
function readRelation(input: Input, tables: Map<number, StreamTable>): void {
  const oid = input.uint32()
  const schema = input.name()
  const name = input.name()
  input.skip(1)
  const columns: StreamColumn[] = []
  for (let left = input.uint16(); left > 0; left--) {
    const isKey = (input.byte() & 1) === 1
    columns.push({ name: input.name(), typeOid: input.uint32(), isKey })
    input.skip(4)
  }
  const fresh: StreamTable = { schema, name, columns }
  const known = tables.get(oid)
  if (known === undefined || JSON.stringify(known) !== JSON.stringify(fresh)) tables.set(oid, fresh)
}

/** A value marked unchanged is not sent when it is stored out of line; the row before the change holds it. */
function readRow(input: Input, old: StreamRow | undefined): StreamRow {
  const row: (string | null)[] = []
  for (let left = input.uint16(); left > 0; left--) {
    const mark = input.letter()
    row.push(mark === 't' ? input.text() : mark === 'u' ? (old?.[row.length] ?? null) : null)
  }
  return row
}

/** Reads the wire's big-endian values one after another. */
class Input {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  skip(count: number): void {
    this.#at += count
  }
  byte(): number {
    return this.#bytes[this.#at++]!
  }
  letter(): string {
    return String.fromCharCode(this.byte())
  }
  uint16(): number {
    this.#at += 2
    return this.#bytes.readUInt16BE(this.#at - 2)
  }
  uint32(): number {
    this.#at += 4
    return this.#bytes.readUInt32BE(this.#at - 4)
  }
  uint64(): bigint {
    this.#at += 8
    return this.#bytes.readBigUInt64BE(this.#at - 8)
  }
  /** Text that ends with a zero byte. */
  name(): string {
    const end = this.#bytes.indexOf(0, this.#at)
    const name = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return name
  }
  /** Text with its length before it. */
  text(): string {
    const start = this.#at + 4
    this.#at = start + this.#bytes.readUInt32BE(this.#at)
    return this.#bytes.toString('utf8', start, this.#at)
  }
}
