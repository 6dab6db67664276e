import type { Clock } from '../../kernel/clock.ts'
import { httpProblems } from '@cloudbox/protocol/http'
import type { ServerFrame } from '@cloudbox/protocol/realtime'
import type { Caller, Environment } from '../../kernel/caller.ts'
import type { Gate } from '../../kernel/gate.ts'
import type { Observer, Presence } from '../../kernel/observer.ts'
import type { Log } from '../../kernel/log.ts'
import { toProblem } from '../../kernel/pg-problem.ts'
import { Problem } from '../../kernel/problem.ts'
import type { ChangeStream } from '../../kernel/stream.ts'
import type { Broker } from './broker.ts'
import type { RealtimeConfig } from './config.ts'
import { peekClaims } from '../../lib/peek-claims.ts'
import { ConnectionState, type Action } from './connection-state.ts'
import type { Edge } from './edge.ts'
import { Frame } from './frame.ts'
import { Outbox } from './outbox.ts'
import type { Receiver } from './subscription.ts'
import { TokenClock } from './token-clock.ts'

export interface ConnectionOptions {
  readonly broker: Broker
  readonly stream: ChangeStream
  readonly gate: Gate
  readonly log: Log
  readonly config: RealtimeConfig
  readonly clock: Clock
  readonly observer: Observer
}

/** Frames that may wait for a token to be read; a client that sends more has lost its mind. */
const mostWaitingFrames = 1000
/** More resets of a slow client than this within the time below end its connection. */
const mostResets = 3
const resetsWithinMs = 300_000
/** What anybody needs who is not above permissions. */
export const listening = 'realtime.listen'
/** When to come back after an end that is not the client's mistake. */
const retryMs = 1000

/**
 * One client: frames in, frames out, and everything that needs a clock. What carries the frames is the edge's business,
 * what they ask for is the broker's.
 */
export class Connection implements Receiver, Presence {
  readonly edge: Edge
  readonly environment: Environment
  caller: Caller
  readonly openedAtMs = Date.now()
  readonly #options: ConnectionOptions
  readonly #state: ConnectionState
  readonly #outbox: Outbox
  readonly #token: TokenClock
  /** The token it speaks with now, once that was found good. */
  #shown: string | undefined
  readonly #closeListeners: (() => void)[] = []
  #isClosed = false
  /** It has said goodbye, after which nothing may follow (RFC 6455 §5.5.1). */
  #hasEnded = false
  #heartbeat: NodeJS.Timeout | undefined
  #stallTimer: NodeJS.Timeout | undefined
  #reading: Promise<void> = Promise.resolve()
  #waitingFrames = 0
  #resetsAtMs: number[] = []

  constructor(edge: Edge, options: ConnectionOptions) {
    const { config } = options
    this.edge = edge
    this.environment = edge.environment
    this.caller = edge.caller
    this.#options = options
    this.#state = new ConnectionState(config.maxSubscriptions)
    this.#outbox = new Outbox(edge.stream, {
      encode: frame => edge.encode(frame),
      limitBytes: config.sendQueueBytes,
      lagging: () => {
        this.#stallTimer = setTimeout(() => this.drop('stalled'), config.stallMs)
      },
      drained: () => {
        clearTimeout(this.#stallTimer)
        options.broker.drained(this)
      },
      flooded: () => this.drop('flooding'),
    })
    const told = {
      expiring: (at: number) => this.#send({ t: 'expiring', at }),
      expired: () => this.end('auth/token-expired', retryMs),
    }
    this.#token = new TokenClock(told, options.clock)
  }

  /** Calls back once it is closed. */
  onClose(hear: () => void): void {
    if (this.#isClosed) hear()
    else this.#closeListeners.push(hear)
  }

  /** The edge has closed: frees everything. */
  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#heartbeat)
    clearTimeout(this.#stallTimer)
    this.#token.stop()
    this.#options.broker.leave(this)
    for (const hear of this.#closeListeners) hear()
  }

  /** Ends it unless whoever opened it may stay. */
  async recheck(): Promise<void> {
    const { gate } = this.#options
    try {
      await gate.recheck(this.environment, this.edge.credentials, listening)
      const isOperator = this.caller.kind === 'secret' && this.#shown !== undefined
      if (isOperator) await gate.withToken(this.environment, this.edge.caller, this.#shown!, listening)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.end(error.code, 0)
    }
  }

  get ip(): string {
    return this.edge.ip
  }

  get userAgent(): string {
    return this.edge.userAgent
  }

  /** Bytes that have been written and not taken by the network. */
  get waitingBytes(): number {
    return this.edge.stream.writableLength
  }

  /** The client has said hello. */
  get isGreeted(): boolean {
    return this.#state.isGreeted
  }

  /** Whether its token belongs to a session of this environment: an operator's to that where operators sign in. */
  isOfSession(environmentId: string, sessions: ReadonlySet<string>): boolean {
    if (this.#shown === undefined) return false
    const { aud, sid } = peekClaims(this.#shown)
    return aud === environmentId && typeof sid === 'string' && sessions.has(sid)
  }

  get isLagging(): boolean {
    return this.#outbox.isLagging
  }

  send(frame: Frame): void {
    if (!this.#hasEnded) this.#outbox.send(frame)
  }

  sendSnapshot(frames: readonly Frame[]): boolean {
    return !this.#hasEnded && this.#outbox.sendSnapshot(frames)
  }

  /** A client that is slow all the time has to go. */
  tooSlow(): void {
    const now = Date.now()
    // Several subscriptions that are reset at the same time count once.
    if (now - (this.#resetsAtMs.at(-1) ?? 0) < 1000) return
    this.#resetsAtMs = [...this.#resetsAtMs.filter(at => now - at < resetsWithinMs), now]
    if (this.#resetsAtMs.length > mostResets) this.end('realtime/slow', 10 * retryMs)
  }

  /** Says goodbye and closes. */
  end(code: string, retryAfterMs: number): void {
    if (this.#hasEnded) return
    this.#send({ t: 'bye', code, retryMs: retryAfterMs })
    this.#outbox.flush()
    this.#hasEnded = true
    clearInterval(this.#heartbeat)
    this.#options.broker.leave(this)
    this.edge.close(code, retryAfterMs)
  }

  /** The process stops: the client may come back, but not all clients at once. */
  sendAway(): void {
    this.end('realtime/stopping', Math.round(retryMs * (0.25 + 0.75 * Math.random())))
  }

  /** Closes without a goodbye, which the client would not read. */
  drop(reason: string): void {
    this.#options.log.info('realtime.connection-dropped', { connection: this.edge.id, reason })
    this.edge.destroy()
  }

  #send(frame: ServerFrame): void {
    this.send(Frame.of(frame))
  }

  /** Takes one frame of the client. They are handled one after another, also while a token is being read; resolves when it has been. */
  receive(text: string): Promise<void> {
    if (++this.#waitingFrames > mostWaitingFrames) this.drop('flooding')
    else
      this.#reading = this.#reading
        .then(() => this.#handle(text))
        .catch((error: unknown) => {
          this.#options.log.error('realtime.bug', { error })
          this.end(httpProblems.internal.code, retryMs)
        })
        .finally(() => {
          this.#waitingFrames--
        })
    return this.#reading
  }

  async #handle(text: string): Promise<void> {
    if (!this.edge.isOpen) return
    const { broker } = this.#options
    const subscriptions = { count: broker.count(this), has: (id: number) => broker.has(this, id) }
    for (const action of this.#state.read(text, subscriptions)) await this.#do(action)
  }

  #do(action: Action): Promise<void> | void {
    const { broker } = this.#options
    switch (action.do) {
      case 'greet':
        return this.#greet(action.token)
      case 'subscribe':
        return broker.subscribe(this, action.id, action.request, action.how)
      case 'unsubscribe':
        return broker.unsubscribe(this, action.id)
      case 'await':
        return broker.await(this, action.commit)
      case 'explain':
        return this.#explain(action.id)
      case 'authenticate':
        return this.#authenticate(action.token)
      case 'sync':
        return this.#sync()
      case 'refuse': {
        const s = action.id === undefined ? {} : { s: action.id }
        return this.#send({ t: 'err', ...s, problem: action.problem.toBody() })
      }
      case 'end':
        return this.end(action.code, 0)
    }
  }

  async #greet(token: string | undefined): Promise<void> {
    if (!(await this.#identify(token ?? null))) return
    const { stream, config } = this.#options
    // Until the window is whole a cursor cannot be looked up.
    await stream.ready
    const { epoch, lsn } = stream
    this.#send({ t: 'welcome', conn: this.edge.id, epoch, lsn, hb: config.heartbeatMs })
    if (this.edge.isOpen) this.#heartbeat = setInterval(() => this.#sync(), config.heartbeatMs)
  }

  async #authenticate(token: string | null): Promise<void> {
    if (await this.#identify(token)) this.#options.broker.rebind(this)
  }

  /** Takes the caller from a token, or none; a token that is not good ends the connection. */
  async #identify(token: string | null): Promise<boolean> {
    try {
      const own = this.edge.caller
      // The secret key is above all users.
      const isUser = token !== null && own.kind !== 'secret'
      this.caller = isUser ? await this.#options.gate.withToken(this.environment, own, token, listening) : own
      this.#shown = isUser ? token : undefined
      this.#options.observer.meets(this)
      // It may have closed while the token was read.
      if (this.edge.isOpen) this.#token.watch(isUser ? Number(peekClaims(token).exp) * 1000 : undefined)
      return true
    } catch (error) {
      const problem = error instanceof Problem ? error : toProblem(error)
      if (problem === undefined) throw error
      this.#send({ t: 'err', problem: problem.toBody() })
      // A token that is not good stays so; a database that is away comes back.
      this.end(problem.code, problem.kind.status < 500 ? 0 : retryMs)
      return false
    }
  }

  async #explain(id: number): Promise<void> {
    const isFull = this.environment.dev || this.caller.kind === 'secret'
    try {
      const explanation = await this.#options.broker.explain(this, id, isFull)
      if (explanation !== undefined) this.#send({ t: 'explained', s: id, ...explanation })
    } catch (error) {
      // What may no longer be asked is told to the subscription itself.
      if (!(error instanceof Problem)) throw error
    }
  }

  #sync(): void {
    if (!this.isLagging) this.#send({ t: 'sync', lsn: this.#options.broker.position(this) })
  }
}
