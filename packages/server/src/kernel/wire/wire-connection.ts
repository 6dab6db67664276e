import type { Socket } from 'node:net'
import { requestCancel, type CancelKey } from './cancel-request.ts'
import { authenticator } from './authenticate.ts'
import { Decoder } from './decoder.ts'
import { dial, type Address } from './dial.ts'
import { Encoder } from './encoder.ts'
import type { Job, Parsed } from './job.ts'
import { connectionLost, PgFailure, readFailure } from './pg-failure.ts'
import { readColumns, readRow } from './read-row.ts'

/** How to reach a server and who comes. */
export interface Login extends Address {
  readonly user: string
  readonly password?: string | undefined
  readonly database: string
  /** Sent at the start, e.g. `application_name`. */
  readonly parameters: Readonly<Record<string, string>>
}

/** Statements one connection keeps prepared: each costs the server memory. */
const preparedLimit = 500

/**
 * One connection to Postgres. Statements are sent without waiting for the answers of those before, and answered in
 * order; each ends for itself, so that one that fails takes no other with it.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html
 */
export class WireConnection {
  readonly openedAtMs = performance.now()
  /** Called once when the connection is gone. */
  ended: ((why: PgFailure) => void) | undefined
  /** Takes a statement the connection was lost with, to ask it elsewhere; false leaves it failed. */
  rescue: ((job: Job) => boolean) | undefined
  readonly #login: Login
  readonly #socket: Socket
  readonly #out = new Encoder()
  /** Sent and not answered, the oldest first. */
  readonly #jobs: Job[] = []
  readonly #prepared = new Map<string, Parsed>()
  #uses = 0
  #isFlushing = false
  #key: CancelKey = { processId: 0, secretKey: 0 }
  /** What the server or the socket said before the connection ended. */
  #lastWords: PgFailure | undefined
  #hearLogin: ((type: number, buffer: Buffer, start: number, end: number) => void) | undefined

  /** @throws PgFailure, or the error of the socket. */
  static async open(login: Login): Promise<WireConnection> {
    const connection = new WireConnection(login, await dial(login))
    await connection.#logIn()
    return connection
  }

  private constructor(login: Login, socket: Socket) {
    this.#login = login
    this.#socket = socket
    const decoder = new Decoder((type, buffer, start, end) => this.#hear(type, buffer, start, end))
    socket.on('data', chunk => {
      try {
        decoder.push(chunk as unknown as Buffer)
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    socket.on('error', error => {
      this.#lastWords ??= error instanceof PgFailure ? error : connectionLost(error.message)
    })
    socket.on('close', () => this.#end())
  }

  /** Statements under way. */
  get depth(): number {
    return this.#jobs.length
  }

  /** The statement the server works on. */
  get head(): Job | undefined {
    return this.#jobs[0]
  }

  get isOpen(): boolean {
    return this.#socket.writable
  }

  /** Gives up the statements behind the one the server works on, to be asked elsewhere. Only those that write nothing. */
  abandonWaiting(): Job[] {
    const waiting = this.#jobs.splice(1)
    for (const job of waiting) this.#jobs.push(job.ghost())
    return waiting.filter(job => !job.isSettled)
  }

  /** Sends a statement now. */
  run(job: Job): void {
    this.#send(job)
    this.#flush()
  }

  /** Sends a statement with all others of this turn of the event loop. */
  runWithOthers(job: Job): void {
    this.#send(job)
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => {
      this.#isFlushing = false
      this.#flush()
    })
  }

  /** Asks to cancel what runs; resolves when the request can no longer hit anything sent later. */
  cancel(): Promise<void> {
    return requestCancel(this.#login, this.#key)
  }

  /** Says goodbye. What is under way is answered before. */
  close(): void {
    if (!this.isOpen) return
    this.#out.terminate()
    this.#flush()
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  async #logIn(): Promise<void> {
    const { user, password, database, parameters } = this.#login
    const answer = authenticator(user, password, this.#out)
    const ready = new Promise<void>((resolve, reject) => {
      this.ended = reject
      this.#hearLogin = (type, buffer, start, end) => {
        if (type === 0x5a) return resolve()
        answer(buffer, start, end)
        this.#flush()
      }
    })
    this.#out.startup({ user, database, client_encoding: 'UTF8', ...parameters })
    this.#flush()
    await ready
    this.#hearLogin = undefined
    this.ended = undefined
  }

  #send(job: Job): void {
    if (!this.isOpen) return job.fail(this.#lastWords ?? connectionLost())
    this.#jobs.push(job)
    try {
      this.#write(job)
    } catch (error) {
      // Half a message may be waiting to be sent: nothing that comes behind would be understood.
      this.#socket.destroy(error as Error)
    }
  }

  #write(job: Job): void {
    const { name, text, values } = job
    if (values === undefined) return this.#out.simple(text)
    const known = name === '' ? undefined : this.#prepared.get(name)
    if (known !== undefined) job.parsed = known
    else {
      job.parsed = { columns: undefined, usedAt: 0 }
      if (name !== '') this.#keep(name, job.parsed)
      this.#out.parse(name, text)
    }
    job.parsed.usedAt = ++this.#uses
    this.#out.execute(name, values)
    this.#out.sync()
  }

  #flush(): void {
    if (!this.#out.isEmpty && this.isOpen) this.#socket.write(this.#out.take())
  }

  #keep(name: string, parsed: Parsed): void {
    if (this.#prepared.size >= preparedLimit) {
      let oldest = ''
      let usedAt = Infinity
      for (const [other, known] of this.#prepared) {
        if (known.usedAt < usedAt) [oldest, usedAt] = [other, known.usedAt]
      }
      this.#forget(oldest)
    }
    this.#prepared.set(name, parsed)
  }

  #forget(name: string): void {
    this.#prepared.delete(name)
    this.#out.forget(name)
  }

  #hear(type: number, buffer: Buffer, start: number, end: number): void {
    const job = this.#jobs[0]
    switch (type) {
      case 0x44: // DataRow
        if (!job!.isSettled) job!.rows.push(readRow(buffer, start, job!.parsed.columns!))
        return
      case 0x54: // RowDescription
        job!.parsed.columns = readColumns(buffer, start)
        return
      case 0x6e: // NoData
        job!.parsed.columns = []
        return
      case 0x45: {
        // ErrorResponse
        const failure = readFailure(buffer, start, end)
        if (failure.severity === 'FATAL' || failure.severity === 'PANIC') this.#lastWords = failure
        if (job !== undefined) job.failure ??= failure
        return
      }
      case 0x5a: // ReadyForQuery
        if (job !== undefined) this.#settle(job, buffer[start] === 0x49)
        else this.#hearLogin?.(type, buffer, start, end)
        return
      case 0x4b: // BackendKeyData
        this.#key = { processId: buffer.readInt32BE(start), secretKey: buffer.readInt32BE(start + 4) }
        return
      case 0x52: // Authentication
        this.#hearLogin?.(type, buffer, start, end)
        return
      case 0x47: // CopyIn, CopyOut and CopyBoth, which nobody here asks for
      case 0x48:
      case 0x57:
        throw connectionLost('copying is not spoken on this connection')
    }
  }

  #settle(job: Job, isOutsideTransaction: boolean): void {
    this.#jobs.shift()
    const { failure, name } = job
    if (failure !== undefined && name !== '') {
      // It was not parsed, or what was parsed is no longer good: nothing has been executed.
      const isStale =
        failure.code === '26000' || (failure.code === '0A000' && failure.routine === 'RevalidateCachedQuery')
      if (isStale || job.parsed.columns === undefined) this.#forget(name)
      if (isStale && isOutsideTransaction && !job.wasRetried && !job.isSettled) {
        job.startAgain()
        this.run(job)
        return
      }
    }
    job.settle()
    job.done?.()
  }

  #end(): void {
    const why = this.#lastWords ?? connectionLost()
    const lost = this.#jobs.splice(0)
    this.ended?.(why)
    for (const job of lost) if (this.rescue?.(job) !== true) job.fail(why)
  }
}
