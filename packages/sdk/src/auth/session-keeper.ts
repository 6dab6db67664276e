import type { SessionReply } from '@cloudbox/protocol/auth'
import { CloudBoxError } from '../cloudbox-error.ts'
import { backoffMs } from '../live/backoff.ts'
import { callSafely } from '../live/call-safely.ts'
import { failure, success, type Result } from '../result.ts'
import { sessionIdOf } from '../token.ts'
import { askUntilAnswered, type AskRefresh } from './ask-until-answered.ts'
import type { AuthEvent, Channel } from './channel.ts'
import type { Clock } from './clock.ts'
import type { Lock } from './lock.ts'
import type { AuthStorage } from './storage.ts'

/** An open session: the tokens, and the user they belong to. */
export type Session = SessionReply

/** Hears of every change, in this tab and in others. */
export type AuthListener = (event: AuthEvent, session: Session | null) => void

interface Stored {
  readonly session: Session
  /** When the access token ends by the clock of this device, which may be wrong. */
  readonly endsAtMs: number
}

export interface KeeperOptions {
  readonly key: string
  readonly storage: AuthStorage
  readonly lock: Lock
  readonly channel: Channel
  readonly clock: Clock
  readonly ask: AskRefresh
  /** Refreshes before the end by itself. */
  readonly autoRefresh: boolean
}

/** A token is refreshed this long before its end, or after 80 % of its life. */
const leadMs = 60_000
/** A token this close to its end may not arrive in time. */
const travelMs = 5_000

/** These end a session; nothing else does, network trouble least of all. */
const endings = new Set(['auth/session-ended', 'auth/refresh-token-invalid', 'auth/refresh-token-reused'])

/**
 * Holds the session of one client: what is stored is the truth, so that all tabs have the same. One tab refreshes, the
 * others take its result.
 */
export class SessionKeeper {
  readonly #options: KeeperOptions
  readonly #listeners = new Set<AuthListener>()
  #held: Stored | null = null
  #loading: Promise<void> | undefined
  #refreshing: Promise<Result<Session>> | undefined
  #callOff: () => void = () => {}
  #stopListening: () => void = () => {}
  #failures = 0

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  /** The session as this tab knows it. */
  get current(): Session | null {
    return this.#held?.session ?? null
  }

  /** Reads what is stored, once. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load())
  }

  /** The session with a token that is good for a request; fails when it has to be refreshed and cannot. */
  async fresh(): Promise<Result<Session | null>> {
    await this.load()
    const held = this.#held
    if (held === null) return success<Session | null>({ data: null, status: 200 })
    const leftMs = held.endsAtMs - this.#options.clock.now()
    if (leftMs > leadOf(held.session)) return success<Session | null>({ data: held.session, status: 200 })
    const good = leftMs > travelMs ? success<Session | null>({ data: held.session, status: 200 }) : undefined
    const refreshing = this.refresh()
    if (good !== undefined && !this.#options.storage.isPerRequest) return good
    const refreshed = await refreshing
    return refreshed.error !== null && this.#held === held ? (good ?? refreshed) : refreshed
  }

  /**
   * Gets new tokens, or those another tab has got meanwhile.
   * @param stale - the access token that will not do any more
   */
  refresh(stale: string | undefined = this.#held?.session.accessToken): Promise<Result<Session>> {
    return (this.#refreshing ??= this.#options
      .lock(() => this.#refreshInTurn(stale))
      .finally(() => (this.#refreshing = undefined)))
  }

  /** A session begins, changes or ends (null) here. */
  async save(session: Session | null, event: AuthEvent): Promise<void> {
    await this.load()
    const { key, storage, channel, clock } = this.#options
    const before = this.#held
    if (session === null) {
      // At once, so that several requests that are refused sign out once.
      this.#hold(null)
      await storage.remove(key)
      if (before === null) return
    } else {
      const isSame = session.accessToken === before?.session.accessToken
      const endsAtMs = isSame ? before!.endsAtMs : clock.now() + session.expiresInSeconds * 1000
      this.#hold({ session, endsAtMs })
      await storage.set(key, JSON.stringify(this.#held))
    }
    this.#emit(event)
    channel.post()
  }

  /** The server says that the session of this access token has ended. */
  async ended(accessToken: string): Promise<void> {
    const stored = await this.#read()
    if (stored === null || sessionIdOf(stored.session.accessToken) !== sessionIdOf(accessToken))
      return this.#adopt()
    await this.save(null, 'SIGNED_OUT')
  }

  listen(listener: AuthListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The device was asleep or offline: looks at what happened meanwhile. */
  async wake(): Promise<void> {
    await this.load()
    await this.#adopt()
    this.#arm()
  }

  stop(): void {
    this.#callOff()
    this.#stopListening()
    this.#listeners.clear()
  }

  async #load(): Promise<void> {
    this.#stopListening = this.#options.channel.listen(() => void this.#adopt())
    this.#hold(await this.#read())
  }

  async #read(): Promise<Stored | null> {
    try {
      const text = await this.#options.storage.get(this.#options.key)
      const stored = text === null ? null : (JSON.parse(text) as Stored)
      return typeof stored?.session?.refreshToken === 'string' ? stored : null
    } catch {
      return null
    }
  }

  /** Takes what another tab has stored. */
  async #adopt(): Promise<void> {
    const stored = await this.#read()
    const before = this.#held
    if (JSON.stringify(stored) === JSON.stringify(before)) return
    this.#hold(stored)
    if (stored === null) this.#emit('SIGNED_OUT')
    else if (stored.session.user.id !== before?.session.user.id) this.#emit('SIGNED_IN')
    else if (stored.session.accessToken === before?.session.accessToken) this.#emit('USER_UPDATED')
    else this.#emit('TOKEN_REFRESHED')
  }

  async #refreshInTurn(stale: string | undefined): Promise<Result<Session>> {
    const { clock, ask } = this.#options
    await this.load()
    const stored = await this.#read()
    const isNew = stored?.session.accessToken !== stale
    if (stored === null || (isNew && stored.endsAtMs - clock.now() > leadOf(stored.session)))
      return this.#takeOver()
    const answer = await askUntilAnswered(ask, stored.session.refreshToken, clock)
    // Somebody signed in or out in the meantime: then this answer is of a session that is gone.
    if ((await this.#read())?.session.refreshToken !== stored.session.refreshToken) return this.#takeOver()
    if (answer.error === null) {
      this.#failures = 0
      await this.save(answer.data, 'TOKEN_REFRESHED')
    } else if (endings.has(answer.error.code)) await this.save(null, 'SIGNED_OUT')
    else this.#arm(backoffMs(++this.#failures, Math.random()))
    return answer
  }

  async #takeOver(): Promise<Result<Session>> {
    await this.#adopt()
    const session = this.current
    return session === null ? failure(signedOut()) : success({ data: session, status: 200 })
  }

  #hold(stored: Stored | null): void {
    this.#held = stored
    this.#arm()
  }

  #arm(delayMs?: number): void {
    this.#callOff()
    if (this.#held === null || !this.#options.autoRefresh) return
    const { clock } = this.#options
    const { session, endsAtMs } = this.#held
    const dueMs = delayMs ?? endsAtMs - leadOf(session) - clock.now()
    this.#callOff = clock.schedule(Math.max(dueMs, 0), () => void this.refresh())
  }

  #emit(event: AuthEvent): void {
    const session = this.current
    for (const listener of [...this.#listeners]) callSafely(() => listener(event, session))
  }
}

function leadOf({ expiresInSeconds }: Session): number {
  return Math.min(leadMs, expiresInSeconds * 200)
}

function signedOut(): CloudBoxError {
  return new CloudBoxError({
    code: 'auth/session-ended',
    status: 401,
    detail: 'The user has signed out',
    hint: 'The user has to sign in again.',
  })
}
