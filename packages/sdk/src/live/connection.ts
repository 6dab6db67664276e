import type { ClientFrame, realtimeVersion, ServerFrame } from '@cloudbox/protocol/realtime'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import { CloudBoxError } from '../cloudbox-error.ts'
import { identityOf, type Token } from '../token.ts'
import { backoffMs } from './backoff.ts'
import { callSafely } from './call-safely.ts'
import { carryByEvents } from './carry-by-events.ts'
import { carryBySocket } from './carry-by-socket.ts'
import { Line } from './line.ts'

const version: typeof realtimeVersion = 1
/** How long an unused connection stays open: a page that changes its view soon subscribes again. */
const lingerMs = 2000
/** How long opening a connection may take until welcome tells the rhythm of heartbeats. */
const openingMs = 10_000

/** `idle`: not needed; `offline`: lost, and about to be tried again. */
export type ConnectionStatus = 'idle' | 'connecting' | 'online' | 'offline'

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** A new connection speaks of this history. */
  opened(epoch: string): void
  /** What to ask on a new connection: every subscription, from where it stands. */
  questions(): readonly ClientFrame[]
  frame(frame: ServerFrame): void
  /** The connection that was ready is gone; another one follows. */
  lost(): void
  /** From here on another user speaks (or nobody). */
  userChanged(): void
  /** The server wants no connection from us. */
  refused(error: CloudBoxError): void
}

/** Where and with what to connect. */
export interface ConnectionOptions {
  /** The address of the WebSocket. */
  readonly url: string
  readonly token: Token
  readonly transport: Transport
  readonly WebSocket: typeof globalThis.WebSocket | undefined
  /** Asks for a stream of events with this body. */
  readonly post: (body: string, signal: AbortSignal) => Promise<Response>
}

/**
 * How live queries travel: `websocket`; `sse`, requests answered by a stream of events, which pass every proxy; or
 * `auto`, the WebSocket unless it fails twice in a row, and then events.
 */
export type Transport = 'auto' | 'websocket' | 'sse'

/** So often in a row a WebSocket may fail before events are tried. */
const mostSocketFailures = 2

/** One connection that is open while it is needed, and comes back when it breaks. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #events: ConnectionEvents
  readonly #listeners = new Set<(status: ConnectionStatus) => void>()
  #status: ConnectionStatus = 'idle'
  #line: Line | undefined
  /** The line takes all frames at once, so whatever has to be said later needs a new one. */
  #byEvents = false
  #socketFailures = 0
  /** The line has been welcomed. */
  #isWelcome = false
  /** The frames of the line have been put together. */
  #hasAsked = false
  #sentToken: string | undefined
  #renewTimer: ReturnType<typeof setTimeout> | undefined
  #isNeeded = false
  #failures = 0
  #identity: string | undefined
  /** The token changed while the connection was being opened. */
  #mustAuthenticate = false
  #complaint: ProblemBody | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #lingerTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options
    this.#events = events
  }

  get status(): ConnectionStatus {
    return this.#status
  }

  onChange(listener: (status: ConnectionStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Opens it, unless it is open. */
  need(): void {
    clearTimeout(this.#lingerTimer)
    if (this.#isNeeded) return
    this.#isNeeded = true
    globalThis.addEventListener?.('online', this.#retryNow)
    globalThis.addEventListener?.('offline', this.#drop)
    if (this.#line === undefined) this.#open()
  }

  /** Closes it in a while. */
  release(): void {
    clearTimeout(this.#lingerTimer)
    this.#lingerTimer = setTimeout(() => this.close(), lingerMs)
  }

  close(): void {
    this.#isNeeded = false
    clearTimeout(this.#lingerTimer)
    clearTimeout(this.#retryTimer)
    globalThis.removeEventListener?.('online', this.#retryNow)
    globalThis.removeEventListener?.('offline', this.#drop)
    this.#drop()
    this.#become('idle')
  }

  /** There is a connection that a frame can be sent to, or one under way that has to hear of it. */
  get isOpen(): boolean {
    return this.#status === 'online' || (this.#byEvents && this.#hasAsked)
  }

  /**
   * Frames sent while there is no connection are dropped: the next one begins with all questions. So does a new
   * request for events, which takes the place of sending.
   */
  send(...frames: readonly ClientFrame[]): void {
    if (!this.isOpen) return
    if (!this.#byEvents) this.#line?.send(...frames)
    // All changes of one tick are one request.
    else this.#renewTimer ??= setTimeout(() => this.#open(true))
  }

  /** The token changed: tell the server. */
  async authenticate(): Promise<void> {
    if (this.#status !== 'online') {
      this.#mustAuthenticate = true
      return
    }
    const line = this.#line
    // A source of tokens that fails now is asked again when the server ends the connection for it.
    const token = await this.#options.token.read().catch(() => null)
    // Said again, a token that ends soon would be announced again at once.
    if (token === null || line !== this.#line || token === this.#sentToken) return
    this.#sentToken = token
    this.#identify(token)
    this.send({ t: 'auth', token: token ?? null })
  }

  /** Opens a line; `isRenewed` in the place of one that serves. */
  #open(isRenewed = false): void {
    this.#forgetLine()
    clearTimeout(this.#retryTimer)
    this.#mustAuthenticate = false
    this.#complaint = undefined
    const { transport, WebSocket, url, post } = this.#options
    this.#byEvents =
      transport === 'sse' ||
      (transport === 'auto' && (!WebSocket || this.#socketFailures >= mostSocketFailures))
    const line: Line = new Line(
      events => (this.#byEvents ? carryByEvents(post, events) : carryBySocket(new WebSocket!(url), events)),
      openingMs,
      {
        opened: () => void this.#greet(line),
        frame: frame => this.#receive(frame),
        closed: (code, reason) => (isRefusal(code) ? void this.#leave(reason, 0, code - 4000) : this.#drop()),
      },
    )
    this.#line = line
    if (!isRenewed) this.#become('connecting')
  }

  #forgetLine(): void {
    clearTimeout(this.#renewTimer)
    this.#renewTimer = undefined
    this.#line?.close()
    this.#line = undefined
    this.#isWelcome = this.#hasAsked = false
  }

  async #greet(line: Line): Promise<void> {
    try {
      const token = await this.#options.token.read()
      if (line !== this.#line) return
      this.#identify(token)
      this.#sentToken = token
      const hello: ClientFrame = { t: 'hello', v: version, ...(token !== undefined && { token }) }
      if (!this.#byEvents) return line.send(hello)
      this.#hasAsked = true
      line.send(hello, ...this.#events.questions())
    } catch {
      if (line === this.#line) this.#drop()
    }
  }

  #identify(token: string | undefined): void {
    const identity = identityOf(token)
    if (this.#identity !== undefined && this.#identity !== identity) this.#events.userChanged()
    this.#identity = identity
  }

  #receive(frame: ServerFrame): void {
    if (frame.t === 'welcome') {
      this.#line?.mayBeSilentFor(frame.hb * 2.5)
      this.#isWelcome = true
      this.#socketFailures = this.#byEvents ? this.#socketFailures : 0
      this.#become('online')
      this.#events.opened(frame.epoch)
      if (!this.#byEvents) this.send(...this.#events.questions())
      if (this.#mustAuthenticate) void this.authenticate()
    } else if (frame.t === 'bye') void this.#leave(frame.code, frame.retryMs)
    else if (frame.t === 'expiring') void this.authenticate()
    else if (frame.t === 'err' && frame.s === undefined && frame.commit === undefined)
      this.#complaint = frame.problem
    else {
      // Only a connection that serves is a success: a server that welcomes and then breaks is not hammered.
      if (frame.t === 'live' || frame.t === 'sync') this.#failures = 0
      this.#events.frame(frame)
    }
  }

  /** The server wants us to go: when the token is why, there may be something to do about it. */
  async #leave(code: string, retryMs: number, status = 0): Promise<void> {
    const sent = this.#sentToken
    if (!code.startsWith('auth/') || sent === undefined) return this.#end(code, retryMs, status)
    const { token } = this.#options
    this.#drop()
    clearTimeout(this.#retryTimer)
    // The app may have signed out or in by itself: then live queries go on for whoever speaks now.
    const isOther = (await token.read().catch(() => sent)) !== sent
    const isRenewed = isOther || (await token.refused(sent, code))
    if (this.#status !== 'offline') return
    if (isRenewed) this.#retryIn(backoffMs(this.#failures++, Math.random()))
    else this.#end(code, retryMs, status)
  }

  #end(code: string, retryMs: number, status = 0): void {
    if (retryMs > 0) {
      this.#drop()
      this.#retryIn(retryMs + backoffMs(this.#failures, Math.random()))
      return
    }
    const unexplained = { code, status, detail: `The server ended the connection: ${code}` }
    const error = new CloudBoxError(this.#complaint ?? unexplained)
    this.close()
    this.#events.refused(error)
  }

  readonly #drop = (): void => {
    if (this.#line === undefined) return
    const wasOnline = this.#status === 'online'
    // Where events fail as well, it is worth trying the WebSocket again.
    if (!this.#isWelcome) this.#socketFailures += this.#byEvents ? -1 : 1
    this.#forgetLine()
    this.#become(this.#isNeeded ? 'offline' : 'idle')
    if (this.#isNeeded) this.#retryIn(backoffMs(this.#failures++, Math.random()))
    if (wasOnline) this.#events.lost()
  }

  #retryIn(delayMs: number): void {
    clearTimeout(this.#retryTimer)
    this.#retryTimer = setTimeout(() => this.#open(), delayMs)
  }

  readonly #retryNow = (): void => {
    if (this.#status === 'offline') this.#open()
  }

  #become(status: ConnectionStatus): void {
    if (status === this.#status) return
    this.#status = status
    for (const listener of this.#listeners) callSafely(() => listener(status))
  }
}

/**
 * A browser cannot see the answer to a handshake that failed, so the server accepts, then closes with 4000 + the HTTP
 * status. Trying again helps against too many requests (429) and its own trouble (5xx), not against the rest.
 */
function isRefusal(closeCode: number): boolean {
  return closeCode >= 4400 && closeCode < 4500 && closeCode !== 4429 && closeCode !== 4408
}
