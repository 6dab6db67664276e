import type { Deadlines } from './deadlines.ts'
import type { Job } from './job.ts'
import { PgFailure } from './pg-failure.ts'
import type { Pool } from './pool.ts'
import { WireConnection, type Login } from './wire-connection.ts'

export interface LaneOptions {
  /** Connections at the most; with none everything takes the pool. */
  readonly size: number
  readonly lifetimeMs: number
  readonly pool: Pool
  readonly deadlines: Deadlines
}

interface Line {
  readonly connection: WireConnection
  /** The statement the last tick saw the server work on, and for how many ticks. */
  head: Job | undefined
  ticks: number
  /** Takes nothing more until it has answered everything. */
  isBlocked: boolean
  cancelling: Promise<void> | undefined
}

const tickMs = 10
/** After so many ticks a statement is held to be slow, and those behind it are asked elsewhere. */
const patienceTicks = 3
/** Statements on one connection at once. */
const depthLimit = 32
/** Another connection is opened when all have as many. */
const comfortableDepth = 4

/**
 * Few connections that many quick, reading statements share: they are written together and answered together, which
 * costs both sides a fraction of a connection for each. A statement that turns out slow holds nobody up: those behind
 * it are asked again on other connections (they only read), and next time it takes the pool.
 */
export class Lane {
  readonly #login: Login
  readonly #options: LaneOptions
  readonly #lines: Line[] = []
  /** Names of statements that were slow the last time. */
  readonly #slow = new Set<string>()
  #isOpening = false
  #closing: PromiseWithResolvers<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(login: Login, options: LaneOptions) {
    this.#login = login
    this.#options = options
  }

  /** Runs a statement that is prepared and only reads. */
  run(job: Job): void {
    const line = this.#slow.has(job.name) ? undefined : this.#freest()
    if (line === undefined) return this.#runInPool(job)
    const { timeoutMs } = job
    if (timeoutMs !== undefined)
      job.deadline ??= this.#options.deadlines.watch(timeoutMs, () => this.#late(job))
    job.done = () => {
      job.deadline?.end()
      this.#answered(line)
    }
    line.connection.runWithOthers(job)
    this.#timer ??= setInterval(() => this.#look(), tickMs).unref()
  }

  get state() {
    const busy = this.#lines.filter(({ connection }) => connection.depth > 0)
    return { open: this.#lines.length, busy: busy.length }
  }

  /** Answers what is under way and closes. */
  close(): Promise<void> {
    this.#closing ??= Promise.withResolvers()
    for (const { connection } of this.#lines) connection.close()
    this.#finishClosing()
    return this.#closing.promise
  }

  #runInPool(job: Job): void {
    job.deadline?.end()
    this.#options.pool.run(job)
    if (!this.#slow.has(job.name)) return
    const startMs = performance.now()
    const forgive = () => {
      if (performance.now() - startMs < tickMs) this.#slow.delete(job.name)
    }
    job.answer.then(forgive, () => {})
  }

  #freest(): Line | undefined {
    let freest: Line | undefined
    for (const line of this.#lines) {
      if (line.isBlocked || !line.connection.isOpen) continue
      if (freest === undefined || line.connection.depth < freest.connection.depth) freest = line
    }
    const depth = freest?.connection.depth ?? depthLimit
    if (depth >= comfortableDepth) void this.#grow()
    return depth < depthLimit ? freest : undefined
  }

  get #isClosing(): boolean {
    return this.#closing !== undefined
  }

  async #grow(): Promise<void> {
    if (this.#isOpening || this.#lines.length >= this.#options.size || this.#isClosing) return
    this.#isOpening = true
    try {
      const connection = await WireConnection.open(this.#login)
      const line: Line = { connection, head: undefined, ticks: 0, isBlocked: false, cancelling: undefined }
      this.#lines.push(line)
      connection.rescue = job => this.#rescue(job)
      connection.ended = () => {
        this.#lines.splice(this.#lines.indexOf(line), 1)
        this.#finishClosing()
      }
      if (this.#isClosing) connection.close()
    } catch {
      // The pool, which everything takes meanwhile, tells what is wrong.
    } finally {
      this.#isOpening = false
      this.#finishClosing()
    }
  }

  /** What only reads may be asked again, once. */
  #rescue(job: Job): boolean {
    if (job.isSettled || job.wasRetried || this.#isClosing) return false
    job.startAgain()
    this.#runInPool(job)
    return true
  }

  #finishClosing(): void {
    if (this.#lines.length === 0 && !this.#isOpening) this.#closing?.resolve()
  }

  #answered(line: Line): void {
    if (line.isBlocked && line.connection.depth === 0 && line.cancelling === undefined) line.isBlocked = false
  }

  #look(): void {
    let isBusy = false
    for (const line of this.#lines) {
      const { head, openedAtMs } = line.connection
      if (performance.now() - openedAtMs > this.#options.lifetimeMs) line.connection.close()
      isBusy ||= head !== undefined
      // Counted in ticks, not in time: when the event loop was held up, its answer may wait to be read.
      line.ticks = head === line.head ? line.ticks + 1 : 0
      line.head = head
      if (head === undefined || line.ticks === 0) continue
      // Nobody waits for it any more.
      if (head.isSettled) this.#cancel(line)
      else if (line.ticks >= patienceTicks && !line.isBlocked) {
        this.#slow.add(head.name)
        this.#clear(line)
      }
    }
    if (isBusy) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Leaves a line to the statement the server works on; the others are asked elsewhere. */
  #clear(line: Line): void {
    line.isBlocked = true
    for (const job of line.connection.abandonWaiting()) this.run(job)
  }

  /** The statement has no time left. */
  #late(job: Job): void {
    const line = this.#lines.find(({ connection }) => connection.head === job)
    if (line === undefined) return job.fail(new PgFailure('the statement waited too long', '57014'))
    this.#cancel(line)
  }

  /** A request to cancel can hit what comes behind, so nothing that counts may be there. */
  #cancel(line: Line): void {
    this.#clear(line)
    line.cancelling ??= line.connection.cancel().then(() => {
      line.cancelling = undefined
      this.#answered(line)
    })
  }
}
