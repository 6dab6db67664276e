import type { DrainState } from '@cloudbox/protocol/telemetry'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { guardedFetch } from '../../../kernel/egress.ts'
import type { Log, LogLine } from '../../../kernel/log.ts'
import type { Observation } from '../../../kernel/observation.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { endingOf, levelOf, requestFields } from '../request-line.ts'
import { send } from './destination.ts'
import { Outlet } from './outlet.ts'
import { openDrain, readDrains, type StoredDrain } from './stored-drains.ts'

export interface DrainsOptions {
  readonly db: Database
  readonly vault: Vault
  readonly log: Log
  environments(): readonly Environment[]
}

interface Open {
  readonly drain: StoredDrain
  readonly outlet: Outlet
}

const timeoutMs = 10_000
const gatherMs = { webhook: 2000, s3: 30_000 } as const
const publicFetch = guardedFetch({ allowPrivate: false, timeoutMs })
const anyFetch = guardedFetch({ allowPrivate: true, timeoutMs })

/** What waits for lines of this process, by environment. */
export class Drains {
  readonly #options: DrainsOptions
  #open = new Map<string, readonly Open[]>()
  #loaded: Promise<void> = Promise.resolve()

  constructor(options: DrainsOptions) {
    this.#options = options
  }

  /** Reads them anew, one after the other, so that none brings back what another has seen removed. */
  load(): Promise<void> {
    this.#loaded = this.#loaded.catch(() => {}).then(() => this.#load())
    return this.#loaded
  }

  hear(observation: Observation): void {
    const { environment, operation } = observation
    if (this.#open.size === 0 || environment === undefined || operation.kind !== 'request') return
    const open = this.#open.get(environment.id)
    if (open === undefined) return
    const ending = endingOf(observation)
    const takers = open.filter(
      ({ drain: { requests } }) =>
        ending === 'failed' || requests === 'all' || (requests === 'refused' && ending === 'refused'),
    )
    if (takers.length === 0) return
    const fields = requestFields(observation)
    const line: LogLine = { atMs: Date.now(), level: levelOf(ending), event: 'request', fields }
    for (const { outlet } of takers) outlet.put(line)
  }

  /** How each does in this process, by its id. */
  states(): Record<string, DrainState> {
    return Object.fromEntries(
      [...this.#open.values()].flat().map(({ drain, outlet }) => [drain.id, outlet.state]),
    )
  }

  /** Sends lines at once. @throws Error with words for people when they did not arrive */
  async sendNow(drain: StoredDrain, environment: Environment, lines: readonly LogLine[]): Promise<void> {
    const { project, name } = environment
    const destination = openDrain(this.#options.vault, drain)
    // What runs on a developer's machine may be told there.
    await send(destination, { project, environment: name, lines }, environment.dev ? anyFetch : publicFetch)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#open.values()].flat().map(({ outlet }) => outlet.stop()))
  }

  /** Those that stay keep what waits. */
  async #load(): Promise<void> {
    const { db, environments } = this.#options
    const places = new Map(environments().map(one => [one.id, one]))
    const before = new Map([...this.#open.values()].flat().map(one => [one.drain.id, one]))
    const open = new Map<string, Open[]>()
    for (const drain of await readDrains(db)) {
      const environment = places.get(drain.environmentId)
      if (environment === undefined) continue
      const outlet = before.get(drain.id)?.outlet ?? this.#outletOf(drain, environment)
      before.delete(drain.id)
      open.set(drain.environmentId, [...(open.get(drain.environmentId) ?? []), { drain, outlet }])
    }
    this.#open = open
    for (const { outlet } of before.values()) void outlet.stop()
  }

  #outletOf(drain: StoredDrain, environment: Environment): Outlet {
    const { log, environments } = this.#options
    const told = { drain: drain.name, environment: `${environment.project}/${environment.name}` }
    // By the name it has then.
    const current = () => environments().find(({ id }) => id === environment.id) ?? environment
    return new Outlet({
      send: lines => this.sendNow(drain, current(), lines),
      gatherMs: gatherMs[drain.kind],
      turned: (isFailing, why) =>
        isFailing
          ? log.warn('telemetry.drain-failed', { ...told, why })
          : log.info('telemetry.drain-works', told),
    })
  }
}

/** States of several processes as one. */
export function joinStates(states: readonly DrainState[]): DrainState {
  const latest = <T>(values: readonly (T | null)[], at: (value: T) => number): T | null =>
    values.reduce(
      (last, value) => (value !== null && (last === null || at(value) > at(last)) ? value : last),
      null,
    )
  const sum = (read: (state: DrainState) => number) => states.reduce((whole, state) => whole + read(state), 0)
  return {
    delivered: sum(state => state.delivered),
    waiting: sum(state => state.waiting),
    lost: sum(state => state.lost),
    deliveredAt: latest(
      states.map(({ deliveredAt }) => deliveredAt),
      at => at,
    ),
    failure: latest(
      states.map(({ failure }) => failure),
      ({ at }) => at,
    ),
  }
}
