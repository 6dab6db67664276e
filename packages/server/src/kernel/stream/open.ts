import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Database, Tx } from '../db.ts'
import type { Log } from '../log.ts'
import { sql } from '../sql.ts'
import type { ChangeStream, Transaction } from '../stream.ts'
import { pgOutputDecoder } from './decode-pgoutput.ts'
import { readEvent } from './event-message.ts'
import { extendXid } from './extend-xid.ts'
import { mayLeaveOut } from './hide-from-stream.ts'
import { toHex, type Lsn } from './lsn.ts'
import {
  ensurePublication,
  ensureSlot,
  findReader,
  guardMessages,
  publishSchema,
  StreamStartError,
} from './slot.ts'
import { streamDefaults, type StreamConfig } from './stream-config.ts'
import { TransactionBuilder, type BuiltTransaction } from './transaction-builder.ts'
import { parseSnapshot } from './transaction-snapshot.ts'
import { TransactionWindow } from './transaction-window.ts'
import { openWalsender, type Walsender } from './walsender.ts'

/** The change stream of this database, and the way to stop it. */
export interface OpenedStream extends ChangeStream {
  close(): Promise<void>
}

/** Prefix of our events in the log. */
const eventPrefix = 'cloudbox'
/** Prefix of the marks `caughtUp` waits for. */
const markPrefix = 'cloudbox.mark'

/** How often the server hears from us and the window is trimmed. */
const reportIntervalMs = 1000
/** The server answers every report; this long without an answer means the connection is dead. */
const silenceMs = 60_000
/** A process that was killed may hold the slot for a moment longer. */
const slotPatienceMs = 3000
const longestBackoffMs = 5000
/** A connection that broke sooner was no success: a reader that fails at once is not started ten times a second. */
const healthyMs = 2000

export interface StreamOptions {
  readonly db: Database
  readonly log: Log
  /** What is told here replaces the default. */
  readonly config?: Partial<StreamConfig>
}

/**
 * Opens the change stream: makes publication and slot when they are missing and begins to read the window again;
 * `ready` tells when that is done, which takes a moment after a bulk load. Throws {@link StreamStartError} when another server reads the slot.
 */
export async function openChangeStream({ db, log, config = {} }: StreamOptions): Promise<OpenedStream> {
  await ensurePublication(db)
  await guardMessages(db)
  const stream = new PostgresStream(db, log, { ...streamDefaults, ...config })
  try {
    await stream.start()
    return stream
  } catch (error) {
    await stream.close()
    throw error
  }
}

class PostgresStream implements OpenedStream {
  epoch = ''
  ready: Promise<void> = Promise.resolve()
  readonly #db: Database
  readonly #log: Log
  readonly #config: StreamConfig
  readonly #decode = pgOutputDecoder()
  readonly #listeners = new Set<(transaction: Transaction) => void>()
  readonly #breakListeners = new Set<() => void>()
  readonly #marks = new Map<string, () => void>()
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #window: TransactionWindow
  #walsender: Walsender | undefined
  /** Everything up to here has been read. */
  #position: Lsn = 0n
  /** End of the newest commit read: what comes again after a reconnect ends here. */
  #lastCommit: Lsn = 0n
  #newestXid = 0n
  #building: TransactionBuilder | undefined
  #marksHere: string[] = []
  #heardAtMs = 0
  #attachedAtMs = 0
  #failures = 0
  #runningMark: Promise<void> | undefined
  #nextMark: Promise<void> | undefined

  constructor(db: Database, log: Log, config: StreamConfig) {
    this.#db = db
    this.#log = log
    this.#config = config
    this.#window = new TransactionWindow(0n, config)
  }

  get lsn(): string {
    return toHex(this.#position)
  }

  async start(): Promise<void> {
    await this.#attachPatiently()
    this.#timer = setInterval(() => this.#report(), reportIntervalMs)
    this.ready = this.#readWindow()
  }

  async #readWindow(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        return await this.caughtUp()
      } catch (error) {
        // Postgres is away for a moment: the mark could not be written.
        this.#log.debug('stream.mark-failed', { error })
        await delay(200)
      }
    }
  }

  listen(hear: (transaction: Transaction) => void): () => void {
    // A wrapper of its own, so that one function listening twice can stop once.
    const listener = (transaction: Transaction) => hear(transaction)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onBreak(hear: () => void): () => void {
    const listener = () => hear()
    this.#breakListeners.add(listener)
    return () => this.#breakListeners.delete(listener)
  }

  async since(lsn: string): Promise<readonly Transaction[] | undefined> {
    return this.#window.since(lsn)
  }

  async notSeenBy(snapshot: string, from: string): Promise<readonly Transaction[] | undefined> {
    return this.#window.reaches(from) ? this.#window.notSeenBy(parseSnapshot(snapshot)) : undefined
  }

  caughtUp(): Promise<void> {
    this.#nextMark ??= this.#makeMark(this.#runningMark)
    return this.#nextMark
  }

  /** A mark that is already on its way is too old for a call made now, so that one waits for the next. */
  async #makeMark(previous: Promise<void> | undefined): Promise<void> {
    await previous?.catch(() => {})
    this.#runningMark = this.#nextMark
    this.#nextMark = undefined
    const mark = randomUUID()
    const heard = new Promise<void>(resolve => this.#marks.set(mark, resolve))
    try {
      // A transaction of its own: its commit comes after every commit made before, and flushes them.
      await this.#db.query(sql`select pg_logical_emit_message(true, ${markPrefix}::text, ${mark}::text)`)
      await heard
    } finally {
      this.#marks.delete(mark)
    }
  }

  publish(tx: Tx, schema: string): Promise<void> {
    return publishSchema(tx, schema)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#timer)
    this.#report()
    await this.#walsender?.close()
    this.#releaseMarks()
  }

  /** Connects to the slot, which a process that has just died may still hold. */
  async #attachPatiently(): Promise<void> {
    const giveUpAtMs = Date.now() + slotPatienceMs
    for (;;) {
      const slot = await ensureSlot(this.#db)
      try {
        return await this.#attach(slot)
      } catch (error) {
        if ((error as { code?: string }).code !== '55006') throw error
        if (Date.now() > giveUpAtMs) {
          const reader = await findReader(this.#db, slot.name)
          throw new StreamStartError(
            `Another CloudBox reads the changes of database "${this.#db.connection.database}" already: ${reader ?? 'it has just left'}.`,
            'Stop the other server, or give this one a database of its own.',
            error,
          )
        }
        await delay(100)
      }
    }
  }

  async #attach(slot: Awaited<ReturnType<typeof ensureSlot>>): Promise<void> {
    // What was half received comes again as a whole.
    this.#building = undefined
    // Set before any data can come: what is read from now on is near this id.
    this.#newestXid = slot.nextXid
    // Data may arrive before we have read which history it belongs to; it waits here.
    let early: (() => void)[] | undefined = []
    const when = (work: () => void) => (early === undefined ? work() : void early.push(work))
    const source = { slot: slot.name, leavesOutOrigins: await mayLeaveOut(this.#db) }
    const walsender = await openWalsender(this.#db.connection, source, {
      data: message => {
        const kept = early === undefined ? message : Buffer.from(message)
        when(() => this.#read(kept))
      },
      alive: end => when(() => this.#alive(end)),
      ended: reason => {
        if (this.#walsender === walsender) this.#walsender = undefined
        if (!this.#closing.signal.aborted) void this.#reconnect(reason)
      },
    })
    this.#walsender = walsender
    this.#heardAtMs = this.#attachedAtMs = Date.now()
    const generation = slot.name.slice(slot.name.lastIndexOf('_') + 1)
    this.#enter(`${walsender.history}.${generation}`, slot.confirmed)
    const waiting = early
    early = undefined
    for (const work of waiting) work()
    if (this.#closing.signal.aborted) await walsender.close()
  }

  /** Goes on in this history, or begins it. */
  #enter(epoch: string, confirmed: Lsn): void {
    if (epoch === this.epoch) return
    const isFirst = this.epoch === ''
    this.epoch = epoch
    this.#position = confirmed
    this.#lastCommit = confirmed
    this.#window = new TransactionWindow(confirmed, this.#config)
    if (isFirst) return
    this.#log.error('stream.history-broken', { epoch })
    this.#releaseMarks()
    this.#breakListeners.forEach(hear => this.#guard(hear))
  }

  async #reconnect(reason: string): Promise<void> {
    this.#log.warn('stream.connection-lost', { reason })
    if (Date.now() - this.#attachedAtMs > healthyMs) this.#failures = 0
    while (!this.#closing.signal.aborted) {
      const attempt = this.#failures++
      const backoffMs = Math.min(longestBackoffMs, 50 * 2 ** attempt) * (0.5 + Math.random() / 2)
      await delay(backoffMs, undefined, { signal: this.#closing.signal }).catch(() => {})
      if (this.#closing.signal.aborted) return
      try {
        await this.#attach(await ensureSlot(this.#db))
        this.#log.info('stream.reconnected', { attempt })
        return
      } catch (error) {
        this.#log.warn('stream.not-reconnected', { attempt, message: (error as Error).message })
      }
    }
  }

  #read(bytes: Buffer): void {
    this.#heardAtMs = Date.now()
    const message = this.#decode(bytes)
    switch (message.kind) {
      case 'begin': {
        const xid = extendXid(message.xid, this.#newestXid)
        if (xid > this.#newestXid) this.#newestXid = xid
        this.#building = new TransactionBuilder(xid, this.#config)
        this.#marksHere = []
        return
      }
      case 'row':
        this.#building?.row(message.change, bytes)
        return
      case 'truncate':
        for (const table of message.tables) this.#building?.truncate(table)
        return
      case 'message':
        if (message.prefix === markPrefix) this.#marksHere.push(message.content)
        else if (message.prefix === eventPrefix) {
          const event = readEvent(message.content)
          if (event !== undefined) this.#building?.event(event, message.content)
        }
        return
      case 'commit': {
        const built = this.#building?.finish(message.end, message.committedAtMs)
        this.#building = undefined
        if (built !== undefined) this.#commit(built, message.end)
      }
    }
  }

  #commit(built: BuiltTransaction, end: Lsn): void {
    const { transaction } = built
    if (end > this.#lastCommit) {
      const before = this.#position
      this.#lastCommit = end
      if (end > this.#position) this.#position = end
      if (transaction.changes.length > 0) {
        this.#window.add(built, before, Date.now())
        this.#window.trim(Date.now(), this.#position)
        // Who begins to listen meanwhile hears the next one.
        const listeners = [...this.#listeners]
        for (const hear of listeners) this.#guard(() => hear(transaction))
      }
    }
    for (const mark of this.#marksHere) this.#marks.get(mark)?.()
  }

  #alive(end: Lsn): void {
    this.#heardAtMs = Date.now()
    if (this.#building === undefined && end > this.#position) this.#position = end
  }

  #report(): void {
    this.#window.trim(Date.now(), this.#position)
    this.#walsender?.report(this.#position, this.#window.confirmable(this.#position))
    if (this.#walsender !== undefined && Date.now() - this.#heardAtMs > silenceMs) this.#walsender.destroy()
  }

  #releaseMarks(): void {
    for (const release of this.#marks.values()) release()
  }

  /** A listener's mistake must not stop the stream for the others. */
  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#log.error('stream.listener-failed', { error })
    }
  }
}
