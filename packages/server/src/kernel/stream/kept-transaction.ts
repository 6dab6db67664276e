import type { StreamChange, Transaction } from '../stream.ts'
import type { Lsn } from './lsn.ts'
import { unpackChanges, type PackedChanges } from './packed-changes.ts'

/** A transaction in the window. Its changes are made from the bytes when somebody reads them. */
export class KeptTransaction implements Transaction {
  readonly lsn: string
  readonly xid: bigint
  readonly committedAtMs: number
  /** Everything up to here had been read before it: a slot confirmed to here sends it again. */
  readonly before: Lsn
  /** The highest transaction id up to and including this one: grows, so it can be searched. */
  readonly highestXid: bigint
  readonly #packed: PackedChanges
  /** After a loss of connections many ask for the same: they share what was made, until memory is tidied up. */
  #changes: WeakRef<readonly StreamChange[]> | undefined

  constructor(
    { lsn, xid, committedAtMs }: Pick<Transaction, 'lsn' | 'xid' | 'committedAtMs'>,
    packed: PackedChanges,
    before: Lsn,
    highestXid: bigint,
  ) {
    this.lsn = lsn
    this.xid = xid
    this.committedAtMs = committedAtMs
    this.before = before
    this.highestXid = highestXid
    this.#packed = packed
  }

  get bytes(): number {
    return this.#packed.bytes.length
  }

  get changes(): readonly StreamChange[] {
    let changes = this.#changes?.deref()
    if (changes === undefined) {
      changes = unpackChanges(this.#packed)
      this.#changes = new WeakRef(changes)
    }
    return changes
  }
}
