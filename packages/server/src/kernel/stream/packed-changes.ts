import type { RowChange, StreamChange, StreamTable } from '../stream.ts'
import { decodeRowChange } from './decode-pgoutput.ts'
import { readEvent } from './event-message.ts'

/**
 * The changes of one commit in few bytes: rows stay as the wire brought them, and become objects again when somebody
 * asks. As objects they would take several times the memory.
 */
export interface PackedChanges {
  /** One record after another: what it is (1 byte), which table (2), length (4), then its bytes. */
  readonly bytes: Buffer
  /** The tables of the records, as they were when the changes were made. */
  readonly tables: readonly StreamTable[]
}

const headBytes = 7
const letters = { row: 0, truncate: 1, bulk: 2, event: 3 } as const
const nothing = Buffer.alloc(0)

/** Packs changes while they arrive. */
export class ChangePacker {
  #bytes = Buffer.allocUnsafe(1024)
  #used = 0
  readonly #tables: StreamTable[] = []

  /** A row's change as the whole message of the output plugin. */
  row(table: StreamTable, message: Buffer): void {
    this.#add(letters.row, table, message)
  }

  /** Something that befell a table as a whole. */
  whole(kind: 'truncate' | 'bulk', table: StreamTable): void {
    this.#add(letters[kind], table, nothing)
  }

  /** An event as it stands in the log. */
  event(content: string): void {
    this.#add(letters.event, undefined, Buffer.from(content))
  }

  /** Takes out the rows of a table. */
  dropRows(table: StreamTable): void {
    const number = this.#tables.indexOf(table)
    let kept = 0
    for (const { at, end, letter, table: other } of records(this.#bytes.subarray(0, this.#used))) {
      if (letter === letters.row && other === number) continue
      this.#bytes.copyWithin(kept, at, end)
      kept += end - at
    }
    this.#used = kept
  }

  /** What was packed; good until the packer is given more. */
  finish(): PackedChanges {
    return { bytes: this.#bytes.subarray(0, this.#used), tables: this.#tables }
  }

  #add(letter: number, table: StreamTable | undefined, body: Buffer): void {
    const end = this.#used + headBytes + body.length
    if (end > this.#bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(end, this.#bytes.length * 2))
      this.#bytes.copy(wider, 0, 0, this.#used)
      this.#bytes = wider
    }
    this.#bytes[this.#used] = letter
    this.#bytes.writeUInt16BE(table === undefined ? 0 : this.#numberOf(table), this.#used + 1)
    this.#bytes.writeUInt32BE(body.length, this.#used + 3)
    body.copy(this.#bytes, this.#used + headBytes)
    this.#used = end
  }

  #numberOf(table: StreamTable): number {
    const known = this.#tables.lastIndexOf(table)
    return known === -1 ? this.#tables.push(table) - 1 : known
  }
}

/** The changes as objects again. */
export function unpackChanges({ bytes, tables }: PackedChanges): StreamChange[] {
  const changes: StreamChange[] = []
  for (const { at, end, letter, table: number } of records(bytes)) {
    const table = tables[number]!
    const body = bytes.subarray(at + headBytes, end)
    if (letter === letters.row) changes.push(decodeRowChange(body, table) satisfies RowChange)
    else if (letter === letters.event) changes.push(readEvent(body.toString())!)
    else changes.push({ kind: letter === letters.truncate ? 'truncate' : 'bulk', table })
  }
  return changes
}

function* records(bytes: Buffer): Generator<{ at: number; end: number; letter: number; table: number }> {
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = at + headBytes + bytes.readUInt32BE(at + 3)
    yield { at, end, letter: bytes[at]!, table: bytes.readUInt16BE(at + 1) }
  }
}
