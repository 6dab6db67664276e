import { isIP } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { cutIp } from '../../../lib/cut-ip.ts'
import { cohortOf } from './cohort.ts'
import { currentPeriods, msOf, type Period } from './periods.ts'
import { pseudonymOf } from './pseudonym.ts'
import type { Salts } from './salts.ts'
import { Sketch } from './sketch.ts'

/** Of whom a number tells: see usage_people. */
export interface PeoplePlace {
  readonly environmentId: string
  readonly who: 'visitors' | 'users' | 'cohort'
  readonly period: Period
  readonly begins: string
  readonly cohort: string
}

export interface PlacedSketch extends PeoplePlace {
  readonly sketch: Sketch
}

/** Those who came since they were last made pseudonyms, in clear and in memory only. */
interface Waiting {
  readonly day: string
  readonly environmentId: string
  readonly visitors: Set<string>
  /** The browser that was last seen at an address of `visitors`: comparing it costs less than looking in the set. */
  readonly latest: Map<string, string>
  readonly users: Set<string>
}

/** Pseudonyms that are made before others get their turn: some milliseconds. */
const atOnce = 100
/** So many are not waited for: at this rate somebody knocks at every door. */
const mostAtEase = 5000
/** While the salts of a new day are not there yet so many may wait. */
const mostWaiting = 20_000
const longestUserAgent = 256

/** Who was there. */
export class Crowd {
  readonly #salts: Salts
  readonly #waiting = new Map<string, Waiting>()
  readonly #sketches = new Map<string, PlacedSketch>()
  #count = 0
  #lost = 0
  #last: Waiting | undefined

  constructor(salts: Salts) {
    this.#salts = salts
  }

  meet(
    day: string,
    environmentId: string,
    user: string | undefined,
    { ip, userAgent }: { readonly ip: string; readonly userAgent: string },
  ): void {
    const waiting = this.#of(day, environmentId)
    const browser = userAgent.length > longestUserAgent ? copyOfBegin(userAgent) : userAgent
    if (waiting.latest.get(ip) !== browser && this.#add(waiting.visitors, `${ip}\n${browser}`))
      waiting.latest.set(ip, browser)
    if (user !== undefined) this.#add(waiting.users, user)
    if (this.#count >= mostAtEase) for (const _turn of this.#settle()) continue
  }

  /** Makes pseudonyms of all for whom there are salts, a few at a time. */
  async settle(): Promise<void> {
    for (const _turn of this.#settle()) await turn()
  }

  /**
   * What came together since the last time, and how many could not be counted. Who still waits for a day before `today` is let
   * go.
   */
  take(today: string): { readonly people: readonly PlacedSketch[]; readonly lost: number } {
    for (const [key, { day, visitors, users }] of this.#waiting) {
      if (day === today) continue
      this.#waiting.delete(key)
      this.#count -= visitors.size + users.size
      this.#lost += visitors.size + users.size
    }
    this.#last = undefined
    const taken = { people: [...this.#sketches.values()], lost: this.#lost }
    this.#sketches.clear()
    this.#lost = 0
    return taken
  }

  /** Stops now and then, for whoever wants to let others go first. */
  *#settle(): Generator<void> {
    for (const [key, waiting] of this.#waiting) {
      if (this.#salts.of('day', waiting.day) === undefined) continue
      this.#waiting.delete(key)
      this.#last = undefined
      const { visitors, users, environmentId, day } = waiting
      this.#count -= visitors.size + users.size
      for (const some of inParts([...visitors])) {
        this.#settleVisitors(environmentId, day, some)
        yield
      }
      for (const some of inParts([...users])) {
        this.#settleUsers(environmentId, day, some)
        yield
      }
    }
  }

  #of(day: string, environmentId: string): Waiting {
    if (this.#last?.environmentId === environmentId && this.#last.day === day) return this.#last
    const key = `${day} ${environmentId}`
    let waiting = this.#waiting.get(key)
    if (waiting === undefined) {
      waiting = { day, environmentId, visitors: new Set(), latest: new Map(), users: new Set() }
      this.#waiting.set(key, waiting)
    }
    this.#last = waiting
    return waiting
  }

  /** @returns whether there is room */
  #add(to: Set<string>, who: string): boolean {
    if (to.has(who)) return true
    if (this.#count >= mostWaiting) {
      this.#lost++
      return false
    }
    to.add(who)
    this.#count++
    return true
  }

  #settleVisitors(environmentId: string, day: string, visitors: readonly string[]): void {
    const salt = this.#salts.of('day', day)
    if (salt === undefined) return
    const place = { environmentId, who: 'visitors', period: 'day', begins: day, cohort: day } as const
    const sketch = this.#sketchOf(place)
    for (const visitor of visitors) {
      const [ip = '', userAgent = ''] = visitor.split('\n')
      if (isIP(ip) === 0) continue
      // One household has many addresses of IPv6, and changes them by the hour.
      const who = `${cutIp(ip)}\n${userAgent}`
      sketch.add(pseudonymOf(salt, 'visitor', environmentId, who))
    }
  }

  #settleUsers(environmentId: string, day: string, users: readonly string[]): void {
    for (const { period, begins } of currentPeriods(msOf(day))) {
      const salt = this.#salts.of(period, begins)
      if (salt === undefined) continue
      const sketch = this.#sketchOf({ environmentId, who: 'users', period, begins, cohort: begins })
      for (const user of users) {
        const pseudonym = pseudonymOf(salt, 'user', environmentId, user)
        sketch.add(pseudonym)
        const cohort = period === 'week' ? cohortOf(user, begins) : undefined
        if (cohort !== undefined)
          this.#sketchOf({ environmentId, who: 'cohort', period, begins, cohort }).add(pseudonym)
      }
    }
  }

  #sketchOf(place: PeoplePlace): Sketch {
    const key = keyOf(place)
    let placed = this.#sketches.get(key)
    if (placed === undefined) this.#sketches.set(key, (placed = { ...place, sketch: new Sketch() }))
    return placed.sketch
  }
}

export function keyOf({ environmentId, who, period, begins, cohort }: PeoplePlace): string {
  return `${environmentId} ${who} ${period} ${begins} ${cohort}`
}

function* inParts(all: readonly string[]): Iterable<readonly string[]> {
  for (let at = 0; at < all.length; at += atOnce) yield all.slice(at, at + atOnce)
}

/** A piece of a text keeps the whole of it in memory, unless it is copied. */
function copyOfBegin(userAgent: string): string {
  return Buffer.from(userAgent.slice(0, longestUserAgent)).toString()
}
