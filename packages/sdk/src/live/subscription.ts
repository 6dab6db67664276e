import type { Change, ClientFrame, Cursor, ServerFrame } from '@cloudbox/protocol/realtime'
import { arrange } from './arrange.ts'
import { changeOf, diffRows, isSame } from './changes.ts'
import { compareRows, type Order } from './compare-rows.ts'
import type { LiveOptions } from './live-subscription.ts'
import { keyOf, type Row } from './row.ts'
import type { DocumentChange, LiveStatus, Snapshot } from './snapshot.ts'

/** What is subscribed to: a query as in the URL, or one document. */
export type Target = LiveOptions &
  ({ readonly coll: string; readonly q: string } | { readonly coll: string; readonly doc: string })

type LiveFrame = Extract<ServerFrame, { t: 'live' }>

/**
 * One live query as a state machine: frames in, snapshots out, no clock and no socket. A method gives the snapshot to
 * show, or undefined when nothing visible changed.
 *
 * What was shown stays shown until the server has said what replaces it, so neither a lost connection nor a reset
 * ever shows an empty list in between.
 */
export class Subscription {
  readonly target: Target
  /** The server's number of its group, while frames may change it. */
  group: number | undefined
  status: LiveStatus = 'loading'
  #rows = new Map<string, Row>()
  #sorted: readonly Row[] = []
  #order: Order = []
  #lsn = ''
  /** Where to go on from; none when the rows may not be continued and have to be read anew. */
  #cursor: Cursor | undefined
  /** The rows of the snapshot under way; none while a resume is hoped for. */
  #incoming: Row[] | undefined
  #mayKeepCursor = true

  constructor(target: Target) {
    this.target = target
  }

  /** Starts on a new connection. */
  open(id: number): ClientFrame {
    this.group = undefined
    this.#mayKeepCursor = true
    this.#incoming = this.#cursor === undefined ? [] : undefined
    return { t: 'sub', id, ...this.target, ...(this.#cursor && { since: this.#cursor }) }
  }

  snap(rows: readonly Row[]): void {
    this.#incoming = [...(this.#incoming ?? []), ...rows]
  }

  live(frame: LiveFrame, epoch: string): Snapshot<Row> | undefined {
    const wasLive = this.status === 'live'
    this.group = frame.g
    this.status = 'live'
    this.#order = frame.order
    // Resumed: the rows are as of the cursor, and what happened since follows in tx frames.
    if (this.#incoming === undefined) return this.#snapshot([], true)
    const rows = new Map(this.#incoming.map(row => [keyOf(row), this.#known(row)]))
    const isFirst = this.#lsn === ''
    const changes = diffRows(this.#rows, rows)
    this.#incoming = undefined
    this.#lsn = frame.lsn
    this.#cursor = this.#mayKeepCursor ? { epoch, lsn: frame.lsn } : undefined
    this.#rows = rows
    this.#sorted = [...rows.values()].sort(compareRows(this.#order))
    return isFirst || !wasLive || changes.length > 0 ? this.#snapshot(changes) : undefined
  }

  tx(lsn: string, changes: readonly Change[]): Snapshot<Row> | undefined {
    if (this.group === undefined || lsn <= this.#lsn) return undefined
    this.#advance(lsn)
    const before = new Map<string, Row | undefined>()
    const each: DocumentChange<Row>[] = []
    for (const [operation, group, key, row] of changes) {
      if (group !== this.group) continue
      if (!before.has(key)) before.set(key, this.#rows.get(key))
      each.push(...changeOf(this.#rows.get(key), row))
      if (operation === '-') this.#rows.delete(key)
      else this.#rows.set(key, row)
    }
    const steps = [...before].flatMap(([key, old]) => changeOf(old, this.#rows.get(key)))
    this.#sorted = arrange(this.#sorted, steps, compareRows(this.#order))
    const told = this.target.mode === 'lossless' ? each : steps
    return told.length === 0 ? undefined : this.#snapshot(told)
  }

  sync(lsn: string): void {
    if (this.group !== undefined && lsn > this.#lsn) this.#advance(lsn)
  }

  /** The rows shown may no longer be what this caller sees, so they cannot be continued either. */
  reset(): void {
    this.group = undefined
    this.#incoming = []
    this.#cursor = undefined
    this.#mayKeepCursor = true
  }

  /**
   * Another user is speaking now. The server resets what that changes, but nothing says when it has; so should the
   * connection break off, the rows are read anew.
   */
  distrust(): void {
    this.#cursor = undefined
    this.#mayKeepCursor = false
  }

  /** The connection is lost. */
  lost(): Snapshot<Row> | undefined {
    this.group = undefined
    this.#incoming = undefined
    if (this.status !== 'live') return undefined
    this.status = 'stale'
    return this.#snapshot([])
  }

  /** What a listener that joins now starts with; undefined while there is nothing yet. */
  current(): Snapshot<Row> | undefined {
    if (this.status === 'loading') return undefined
    return this.#snapshot(this.#sorted.flatMap(row => changeOf(undefined, row)))
  }

  /** A row read again that did not change stays the same object. */
  #known(row: Row): Row {
    const old = this.#rows.get(keyOf(row))
    return old !== undefined && isSame(old, row) ? old : row
  }

  #advance(lsn: string): void {
    this.#lsn = lsn
    if (this.#cursor !== undefined) this.#cursor = { epoch: this.#cursor.epoch, lsn }
  }

  #snapshot(changes: readonly DocumentChange<Row>[], fromResume = false): Snapshot<Row> {
    const meta = { status: this.status, lsn: this.#lsn, fromResume }
    return { data: this.#sorted, changes, meta }
  }
}
