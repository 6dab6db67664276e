import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../../kernel/clock.ts'
import type { Observation, Operation } from '../../../kernel/observation.ts'
import type { Presence } from '../../../kernel/observer.ts'
import type { Crowd } from '../people/crowd.ts'
import { dayMs, dayOf } from '../people/periods.ts'
import type { Salts } from '../people/salts.ts'
import type { CountedDay, Report } from './report.ts'

export interface RecorderOptions {
  readonly clock: Clock
  readonly salts: Salts
  readonly crowd: Crowd
  /** Everybody who is connected now. */
  present(): Iterable<Presence>
}

type Counts = Omit<CountedDay, 'day' | 'environmentId' | 'source' | 'operation'>

/** Connections that are looked at before others get their turn. */
const atOnce = 500

/** Counts what is used in this process, day by day. */
export class Recorder {
  readonly #options: RecorderOptions
  /** By day, environment, source and operation. */
  #days = new Map<string, Map<string, Map<string, Map<Operation, Counts>>>>()
  #dayEndsAtMs = 0
  #day = ''
  /** Day of which everybody who stays connected has been counted. */
  #lookedOn = ''

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  hear(observation: Observation): void {
    const { environment, operation, caller, status } = observation
    if (environment === undefined || operation.kind !== 'request') return
    const day = this.#today()
    const source = observation.key ?? (caller === 'operator' ? 'operator' : 'none')
    const counts = this.#counts(day, environment.id, source, operation)
    counts.requests++
    if (status >= 500) counts.errors++
    else if (status >= 400) counts.refused++
    counts.bytesIn += observation.bytesIn
    counts.bytesOut += observation.bytesOut
    // Secret keys speak for programs, operators are no users of the app.
    if (caller === 'anonymous' || caller === 'user')
      this.#options.crowd.meet(day, environment.id, observation.user, observation)
  }

  meets({ environment, caller, ip, userAgent }: Presence): void {
    if (caller.kind === 'secret') return
    const user = caller.kind === 'user' ? caller.uid : undefined
    this.#options.crowd.meet(this.#today(), environment.id, user, { ip, userAgent })
  }

  /** What was counted since the last time. */
  async take(): Promise<Report> {
    const { clock, salts, crowd } = this.#options
    const now = clock.now()
    // While the database is away everything waits here.
    await salts.ensure(now)
    await this.#lookAround()
    await crowd.settle()
    const { people, lost } = crowd.take(dayOf(now))
    salts.forget(now)
    const days = this.#takeDays()
    return {
      days,
      people: people.map(({ sketch, ...place }) => ({ ...place, sketch: sketch.write().toString('base64') })),
      lost,
    }
  }

  /** Who has been connected since yesterday is here today. */
  async #lookAround(): Promise<void> {
    const day = this.#today()
    if (this.#lookedOn === day) return
    this.#lookedOn = day
    let looked = 0
    for (const presence of [...this.#options.present()]) {
      this.meets(presence)
      if (++looked % atOnce === 0) await turn()
    }
  }

  #takeDays(): CountedDay[] {
    const taken: CountedDay[] = []
    for (const [day, environments] of this.#days)
      for (const [environmentId, sources] of environments)
        for (const [source, operations] of sources)
          for (const [{ name }, counts] of operations)
            taken.push({ day, environmentId, source, operation: name, ...counts })
    this.#days = new Map()
    return taken
  }

  #counts(day: string, environmentId: string, source: string, operation: Operation): Counts {
    const environments = ensured(this.#days, day)
    const operations = ensured(ensured(environments, environmentId), source)
    let counts = operations.get(operation)
    if (counts === undefined) {
      counts = { requests: 0, errors: 0, refused: 0, bytesIn: 0, bytesOut: 0 }
      operations.set(operation, counts)
    }
    return counts
  }

  /** A date is written once a day, not for each request. */
  #today(): string {
    const now = this.#options.clock.now()
    if (now >= this.#dayEndsAtMs || now < this.#dayEndsAtMs - dayMs) {
      this.#day = dayOf(now)
      this.#dayEndsAtMs = (Math.floor(now / dayMs) + 1) * dayMs
      // A new day needs new salts. That there are none is told when they are needed.
      this.#options.salts.ensure(now).catch(() => {})
    }
    return this.#day
  }
}

function ensured<V extends Map<unknown, unknown>>(map: Map<string, V>, key: string): V {
  let value = map.get(key)
  // Every map in here holds maps.
  if (value === undefined) map.set(key, (value = new Map() as V))
  return value
}
