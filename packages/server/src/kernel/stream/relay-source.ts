import { encodeMessage, type Link } from '../link.ts'
import type { Log } from '../log.ts'
import type { ChangeStream, StreamTable, Transaction } from '../stream.ts'
import { isToSource, tableMessage, TransactionEncoder, type FromSource, type ToSource } from './relay-wire.ts'

/** More than this waiting for a process that does not read, and it has to start anew. */
const defaultQueueBytes = 64 * 1024 * 1024
/** An answer goes out in pieces of about this size, so that commits need not wait for all of it. */
const partBytes = 256 * 1024
/** How often the position is told when nothing else is. */
const positionIntervalMs = 1000
/** A process that reads nothing for so long is not going to. */
const stallMs = 30_000

export interface RelayOptions {
  readonly log: Log
  readonly queueBytes?: number
}

/** One process that follows the stream through us. */
interface Follower {
  readonly link: Link
  readonly told: Set<number>
  /** Positions told so far. */
  lsn: string
  isLagging: boolean
  /** Marks that were reached while it lagged. */
  readonly owed: number[]
}

/**
 * Tells the change stream to other processes: every commit is encoded once and written to all of them, and their
 * questions about the past are answered from the one window, on the same link and so in the same order.
 */
export class StreamRelay {
  readonly #stream: ChangeStream
  readonly #log: Log
  readonly #queueBytes: number
  readonly #encoder = new TransactionEncoder()
  readonly #followers = new Set<Follower>()
  readonly #stops: (() => void)[]

  constructor(stream: ChangeStream, { log, queueBytes = defaultQueueBytes }: RelayOptions) {
    this.#stream = stream
    this.#log = log
    this.#queueBytes = queueBytes
    const timer = setInterval(() => this.#tellPositions(), positionIntervalMs)
    this.#stops = [
      stream.listen(transaction => this.#relay(transaction)),
      stream.onBreak(() => this.#break()),
      () => clearInterval(timer),
    ]
  }

  /** From here on this process hears everything. */
  attach(link: Link): void {
    const { epoch, lsn, ready } = this.#stream
    const follower: Follower = { link, told: new Set(), lsn, isLagging: false, owed: [] }
    send(follower, { t: 'stream.hello', epoch, lsn })
    this.#followers.add(follower)
    void link.closed.then(() => this.#followers.delete(follower))
    void ready.then(() => send(follower, { t: 'stream.ready' }))
    link.hear(message => {
      if (isToSource(message)) void this.#answer(follower, message)
    })
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  #relay(transaction: Transaction): void {
    if (this.#followers.size === 0) return
    const tables = new Map<number, StreamTable>()
    const x = this.#encoder.encode(transaction, (n, table) => tables.set(n, table))
    const line = encodeMessage({ t: 'stream.tx', x } as FromSource)
    for (const follower of this.#followers) {
      if (follower.isLagging) continue
      if (follower.link.queuedBytes > this.#queueBytes) {
        void this.#startAnew(follower)
        continue
      }
      introduce(follower, tables)
      follower.link.write(line)
      follower.lsn = transaction.lsn
    }
  }

  /** Tells nothing more until everything that waits has been read, and then that commits are missing. */
  async #startAnew(follower: Follower): Promise<void> {
    const { link } = follower
    follower.isLagging = true
    this.#log.warn('relay.lagging', { queuedBytes: link.queuedBytes })
    const stalled = setTimeout(() => link.close(), stallMs)
    await link.drained()
    clearTimeout(stalled)
    follower.isLagging = false
    this.#tellBreak(follower)
    for (const id of follower.owed.splice(0)) this.#tellMark(follower, id)
  }

  #break(): void {
    for (const follower of this.#followers) if (!follower.isLagging) this.#tellBreak(follower)
  }

  #tellBreak(follower: Follower): void {
    const { epoch, lsn } = this.#stream
    follower.lsn = lsn
    send(follower, { t: 'stream.break', epoch, lsn })
  }

  #tellPositions(): void {
    const { lsn } = this.#stream
    for (const follower of this.#followers) {
      if (follower.isLagging || follower.lsn >= lsn) continue
      follower.lsn = lsn
      send(follower, { t: 'stream.at', lsn })
    }
  }

  #tellMark(follower: Follower, id: number): void {
    send(follower, { t: 'stream.answer', id, isKnown: true, lsn: this.#stream.lsn })
  }

  async #answer(follower: Follower, question: ToSource): Promise<void> {
    const { id } = question
    try {
      if (question.t === 'stream.mark') {
        await this.#stream.caughtUp()
        if (follower.isLagging) follower.owed.push(id)
        else this.#tellMark(follower, id)
        return
      }
      const known = await (question.t === 'stream.since'
        ? this.#stream.since(question.lsn)
        : this.#stream.notSeenBy(question.snapshot, question.from))
      await this.#tellKnown(follower, id, known)
    } catch (error) {
      send(follower, { t: 'stream.failed', id, message: (error as Error).message })
    }
  }

  /** What was asked before a break is of no use after it: the one who asked has forgotten it then. */
  async #tellKnown(follower: Follower, id: number, known: readonly Transaction[] | undefined): Promise<void> {
    // The position the answer reaches: by the time it has been told whole, this has been told as well.
    const { lsn } = this.#stream
    for (const part of parts(known ?? [])) {
      if (follower.isLagging) return
      const x = part.map(transaction =>
        this.#encoder.encode(transaction, (n, table) => introduce(follower, [[n, table]])),
      )
      send(follower, { t: 'stream.part', id, x })
      await follower.link.drained()
    }
    if (!follower.isLagging) send(follower, { t: 'stream.answer', id, isKnown: known !== undefined, lsn })
  }
}

function* parts(transactions: readonly Transaction[]): Generator<Transaction[]> {
  let part: Transaction[] = []
  let bytes = 0
  for (const transaction of transactions) {
    part.push(transaction)
    bytes += transaction.bytes + 100
    if (bytes < partBytes) continue
    yield part
    part = []
    bytes = 0
  }
  if (part.length > 0) yield part
}

function send({ link }: Follower, message: FromSource): void {
  link.send(message)
}

function introduce({ link, told }: Follower, tables: Iterable<readonly [number, StreamTable]>): void {
  for (const [n, table] of tables) {
    if (told.has(n)) continue
    told.add(n)
    link.write(tableMessage(n, table))
  }
}
