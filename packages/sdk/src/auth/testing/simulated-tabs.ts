import type { SessionReply, User } from '@cloudbox/protocol/auth'
import { CloudBoxError } from '../../cloudbox-error.ts'
import { failure, success, type Result } from '../../result.ts'
import type { Channel } from '../channel.ts'
import type { Clock } from '../clock.ts'
import { storageLock, webLock } from '../lock.ts'
import { SessionKeeper } from '../session-keeper.ts'
import { memoryStorage, type AuthStorage } from '../storage.ts'

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Time that passes when the test says so. */
class SimulatedClock implements Clock {
  #nowMs = 1_800_000_000_000
  #lastId = 0
  readonly #due = new Map<number, { readonly atMs: number; readonly work: () => void }>()

  now(): number {
    return this.#nowMs
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.schedule(ms, resolve))
  }

  schedule(ms: number, work: () => void): () => void {
    const id = ++this.#lastId
    this.#due.set(id, { atMs: this.#nowMs + ms, work })
    return () => this.#due.delete(id)
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      await settled()
      let next: [number, { readonly atMs: number; readonly work: () => void }] | undefined
      for (const entry of this.#due) if (next === undefined || entry[1].atMs < next[1].atMs) next = entry
      if (next === undefined || next[1].atMs > untilMs) break
      this.#due.delete(next[0])
      this.#nowMs = Math.max(this.#nowMs, next[1].atMs)
      next[1].work()
    }
    this.#nowMs = untilMs
  }
}

/** Everything that waits for nothing but promises has been done. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** The rule by which the server refreshes, as in refresh-session.ts there. */
class SimulatedServer {
  readonly #clock: Clock
  #counter = 0
  #refreshedAtMs = -Infinity
  hasEnded = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  open(): SessionReply {
    return this.#session()
  }

  refresh(refreshToken: string): Result<SessionReply> {
    const counter = Number(refreshToken)
    if (this.hasEnded) return refused('session-ended')
    if (counter === this.#counter) {
      this.#counter++
      this.#refreshedAtMs = this.#clock.now()
    } else if (counter !== this.#counter - 1 || this.#clock.now() - this.#refreshedAtMs > 10_000) {
      this.hasEnded = true
      return refused('refresh-token-reused')
    }
    return success({ data: this.#session(), status: 200 })
  }

  #session(): SessionReply {
    const expiresInSeconds = 900
    return {
      accessToken: `access-${this.#counter}-${this.#clock.now()}`,
      refreshToken: String(this.#counter),
      expiresAt: new Date(this.#clock.now() + expiresInSeconds * 1000).toISOString(),
      expiresInSeconds,
      user: { id: 'ada' } as User,
    }
  }
}

function refused(kind: string): Result<SessionReply> {
  return failure(new CloudBoxError({ code: `auth/${kind}`, status: 401, detail: kind }))
}

export interface SimulatedTabs {
  readonly clock: SimulatedClock
  readonly server: SimulatedServer
  /** How many questions reached the server. */
  questions(): number
  readonly storage: AuthStorage
  /** What the tabs told the app, with the number of the tab. */
  readonly events: readonly string[]
  open(): Promise<SimulatedTab>
}

export interface SimulatedTab {
  readonly keeper: SessionKeeper
  /** From one moment to the next, whatever it was doing. */
  close(): void
}

/** Tabs of one browser over a bad line. */
export function simulateTabs(options: {
  readonly random: () => number
  /** How many questions and answers get lost, 0 to 1. */
  readonly lost: number
  /** How many of those say nothing until the request times out, 0 to 1. */
  readonly silent: number
  readonly lock: 'web' | 'storage'
}): SimulatedTabs {
  const { random, lost, silent } = options
  const clock = new SimulatedClock()
  const server = new SimulatedServer(clock)
  const storage: AuthStorage = { ...memoryStorage(), isShared: true }
  const events: string[] = []
  const hearers = new Set<{ hear: () => void }>()
  const locks = new SimulatedLocks()
  let questions = 0
  let tabs = 0

  const travel = () => clock.sleep(10 + random() * 300)
  const loss = async (): Promise<Result<SessionReply>> => {
    if (random() < silent) await clock.sleep(15_000)
    return failure(new CloudBoxError({ code: 'client/network', detail: 'lost' }))
  }
  const ask = async (refreshToken: string): Promise<Result<SessionReply>> => {
    const fate = random()
    await travel()
    if (fate < lost / 2) return loss()
    questions++
    const answer = server.refresh(refreshToken)
    await travel()
    return fate < lost ? loss() : answer
  }

  const open = async () => {
    const number = ++tabs
    let isOpen = true
    /** What comes back to a closed tab is never heard of. */
    const whileOpen = <Value>(promise: Promise<Value>) =>
      new Promise<Value>((resolve, reject) =>
        promise.then(
          value => isOpen && resolve(value),
          error => isOpen && reject(error),
        ),
      )
    const own = new Set<{ hear: () => void }>()
    const channel: Channel = {
      post() {
        for (const hearer of [...hearers].filter(hearer => !own.has(hearer)))
          clock.schedule(random() * 20, () => hearers.has(hearer) && hearer.hear())
      },
      listen(hear) {
        const hearer = { hear }
        own.add(hearer)
        hearers.add(hearer)
        return () => hearers.delete(hearer)
      },
      close: () => {},
    }
    const tabClock: Clock = {
      now: () => clock.now(),
      sleep: ms => whileOpen(clock.sleep(ms)),
      schedule: (ms, work) => clock.schedule(ms, () => isOpen && work()),
    }
    const keeper = new SessionKeeper({
      key: 'session',
      storage,
      lock:
        options.lock === 'web' ? webLock(locks.of(number), 'lock') : storageLock(storage, 'lock', tabClock),
      channel,
      clock: tabClock,
      ask: refreshToken => whileOpen(ask(refreshToken)),
      autoRefresh: true,
    })
    keeper.listen(event => events.push(`${number} ${event}`))
    await keeper.load()
    const close = () => {
      isOpen = false
      keeper.stop()
      locks.free(number)
    }
    return { keeper, close }
  }
  return { clock, server, questions: () => questions, storage, events, open }
}

/** Web Locks, which free themselves when their tab goes. */
class SimulatedLocks {
  #holder: number | undefined
  #waiting: { readonly tab: number; readonly begin: () => void }[] = []

  of(tab: number): Pick<LockManager, 'request'> {
    const request = async (_name: string, _options: LockOptions, work: () => Promise<unknown>) => {
      if (this.#holder !== undefined) await new Promise<void>(begin => this.#waiting.push({ tab, begin }))
      this.#holder = tab
      try {
        return await work()
      } finally {
        this.#next(tab)
      }
    }
    return { request: request as LockManager['request'] }
  }

  free(tab: number): void {
    this.#waiting = this.#waiting.filter(waiting => waiting.tab !== tab)
    this.#next(tab)
  }

  #next(tab: number): void {
    if (this.#holder !== tab) return
    const next = this.#waiting.shift()
    this.#holder = next?.tab
    next?.begin()
  }
}
