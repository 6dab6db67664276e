import type { Operation } from '../../../kernel/observation.ts'
import { Tally, type LevelTally } from './tally.ts'

/** Levels that are kept; the place in the list is what the database has, so it only ever grows. */
export const levelNames = [
  'connections',
  'subscriptions',
  'storage',
  'poolBusy',
  'poolWaiting',
  'eventLoop',
  'memory',
  'slotLag',
] as const
export type LevelName = (typeof levelNames)[number]

/** How something ended: first digit of the status less 2. */
export type OutcomeIndex = 0 | 1 | 2 | 3

/** What is counted together: operation × 4 + outcome. */
export type TallyKey = number

export function tallyKey(operation: Operation, status: number): TallyKey {
  return operation.index * 4 + outcomeOf(status)
}

function outcomeOf(status: number): OutcomeIndex {
  if (status < 300) return 0
  return status < 400 ? 1 : status < 500 ? 2 : 3
}

/** A worker may tell windows that late. */
const lateMs = 120_000

/**
 * Whether the clock was set back since a window that began then: what was counted last is so much older that no worker can
 * just have been late with all of it.
 *
 * @param windows what was counted, the oldest first
 */
export function isSetBack(newestAt: number, windows: readonly CountedWindow[]): boolean {
  const last = windows.at(-1)
  return last !== undefined && newestAt - last.at > lateMs
}

/** What was counted for one environment in one window. */
export class Counted {
  /** By tallyKey of this process. */
  readonly tallies = new Map<TallyKey, Tally>()
  readonly levels = new Map<LevelName, LevelTally>()

  tally(key: TallyKey): Tally {
    let tally = this.tallies.get(key)
    if (tally === undefined) this.tallies.set(key, (tally = new Tally()))
    return tally
  }

  /** Adds what was counted in another time. */
  merge(other: Counted): void {
    this.#mergeTallies(other)
    this.mergeLevels(other)
  }

  /** Adds what another process has counted in the same time. */
  join(other: Counted): void {
    this.#mergeTallies(other)
    this.joinLevels(other)
  }

  /** Adds levels of another time: more samples of the same. */
  mergeLevels(other: Counted): void {
    for (const [name, { samples, sum, highest }] of other.levels) {
      const own = this.levels.get(name)
      if (own === undefined) this.levels.set(name, { samples, sum, highest })
      else {
        own.samples += samples
        own.sum += sum
        own.highest = Math.max(own.highest, highest)
      }
    }
  }

  /** Adds levels of others at the same time: parts of one whole. */
  joinLevels(other: Counted): void {
    for (const [name, { samples, sum, highest }] of other.levels) {
      const own = this.levels.get(name)
      if (own === undefined) this.levels.set(name, { samples, sum, highest })
      else if (name === 'eventLoop') {
        own.sum = Math.max(own.sum, sum)
        own.highest = Math.max(own.highest, highest)
      } else {
        own.sum += sum
        own.highest += highest
      }
    }
  }

  #mergeTallies(other: Counted): void {
    for (const [key, tally] of other.tallies) this.tally(key).merge(tally)
  }
}

/** Environment of what belongs to none: levels of the server, requests that led nowhere. */
export const nowhere = '00000000-0000-0000-0000-000000000000'

/** What was counted in one window, by environment. */
export interface CountedWindow {
  /** When it began, ms since 1970. */
  readonly at: number
  readonly environments: Map<string, Counted>
}

/** What was counted for an environment in the window; made when there is nothing yet. */
export function countedOf(environments: Map<string, Counted>, environmentId: string): Counted {
  let counted = environments.get(environmentId)
  if (counted === undefined) environments.set(environmentId, (counted = new Counted()))
  return counted
}
