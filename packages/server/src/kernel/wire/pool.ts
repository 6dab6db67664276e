import type { Deadlines } from './deadlines.ts'
import type { Job } from './job.ts'
import type { PgFailure } from './pg-failure.ts'
import { WireConnection, type Login } from './wire-connection.ts'

export interface PoolOptions {
  readonly size: number
  /** A connection keeps memory for every statement it has prepared; a fresh one now and then bounds that. */
  readonly lifetimeMs: number
  readonly idleMs: number
  readonly deadlines: Deadlines
  /** A connection that nobody was using has gone. */
  lost(why: PgFailure): void
}

/** Who waits for a connection: takes one, or hears why there is none. */
interface Waiting {
  take(connection: WireConnection): void
  fail(error: Error): void
}

/** Connections that are lent to one at a time; the one used last is lent first, so that the others can go. */
export class Pool {
  readonly #login: Login
  readonly #options: PoolOptions
  readonly #open = new Set<WireConnection>()
  readonly #idle: { readonly connection: WireConnection; readonly sinceMs: number }[] = []
  readonly #waiting: Waiting[] = []
  #opening = 0
  #closing: PromiseWithResolvers<void> | undefined
  readonly #sweep: NodeJS.Timeout

  constructor(login: Login, options: PoolOptions) {
    this.#login = login
    this.#options = options
    this.#sweep = setInterval(() => this.#closeIdle(), Math.min(options.idleMs, 10_000)).unref()
  }

  get state() {
    return {
      open: this.#open.size,
      busy: this.#open.size - this.#idle.length,
      waiting: this.#waiting.length,
    }
  }

  /** Lends a connection, as soon as there is one. */
  lend(take: Waiting['take'], fail: Waiting['fail']): void {
    if (this.#closing !== undefined) return fail(new Error('the database is closed'))
    for (let free = this.#idle.pop(); free !== undefined; free = this.#idle.pop()) {
      if (free.connection.isOpen) return take(free.connection)
    }
    this.#waiting.push({ take, fail })
    this.#growIfNeeded()
  }

  /** Takes a connection back; one that is broken is not lent again. */
  giveBack(connection: WireConnection, isBroken = false): void {
    const isOld = performance.now() - connection.openedAtMs > this.#options.lifetimeMs
    if (isBroken) return connection.destroy()
    if (!connection.isOpen) return
    const next = isOld ? undefined : this.#waiting.shift()
    if (next !== undefined) next.take(connection)
    else if (isOld || this.#closing !== undefined) connection.close()
    else this.#idle.push({ connection, sinceMs: performance.now() })
  }

  /** Runs one statement on a connection of its own. */
  run(job: Job): void {
    this.lend(
      connection => runInTime(connection, job, this.#options.deadlines, () => this.giveBack(connection)),
      error => job.fail(error),
    )
  }

  /** Lends nothing more; resolves when everything lent has come back and is closed. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.promise
    this.#closing = Promise.withResolvers()
    clearInterval(this.#sweep)
    for (const { connection } of this.#idle.splice(0)) connection.close()
    this.#finishClosing()
    return this.#closing.promise
  }

  #growIfNeeded(): void {
    const wanted = Math.min(this.#waiting.length, this.#options.size - this.#open.size)
    while (this.#opening < wanted) {
      this.#opening++
      void this.#grow().finally(() => {
        this.#opening--
        this.#growIfNeeded()
        this.#finishClosing()
      })
    }
  }

  async #grow(): Promise<void> {
    try {
      const connection = await WireConnection.open(this.#login)
      this.#open.add(connection)
      connection.ended = why => {
        this.#open.delete(connection)
        const at = this.#idle.findIndex(idle => idle.connection === connection)
        if (at !== -1) {
          this.#idle.splice(at, 1)
          if (this.#closing === undefined) this.#options.lost(why)
        }
        this.#growIfNeeded()
        this.#finishClosing()
      }
      this.giveBack(connection)
    } catch (error) {
      this.#waiting.shift()?.fail(error as Error)
    }
  }

  #closeIdle(): void {
    const untilMs = performance.now() - this.#options.idleMs
    while (this.#idle.length > 0 && this.#idle[0]!.sinceMs < untilMs) this.#idle.shift()!.connection.close()
  }

  #finishClosing(): void {
    const isBusy = this.#open.size + this.#opening + this.#waiting.length > 0
    if (!isBusy) this.#closing?.resolve()
  }
}

/**
 * Runs a statement alone on a connection and has it cancelled when it takes longer. `done` is called when the
 * connection is free: a request to cancel that is under way then must hit nothing else.
 */
export function runInTime(
  connection: WireConnection,
  job: Job,
  deadlines: Deadlines,
  done: () => void,
): void {
  if (job.timeoutMs === undefined) job.done = done
  else {
    let cancelling: Promise<void> | undefined
    const deadline = deadlines.watch(job.timeoutMs, () => {
      cancelling = connection.cancel()
    })
    job.done = () => {
      deadline.end()
      if (cancelling === undefined) done()
      else void cancelling.then(done)
    }
  }
  connection.run(job)
}
