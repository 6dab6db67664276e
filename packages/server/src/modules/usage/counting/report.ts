import { keyOf, type PeoplePlace, type PlacedSketch } from '../people/crowd.ts'
import { Sketch } from '../people/sketch.ts'

/** Requests and data of one endpoint, by one source, on one day. */
export interface CountedDay {
  readonly day: string
  readonly environmentId: string
  readonly source: string
  readonly operation: string
  requests: number
  errors: number
  refused: number
  bytesIn: number
  bytesOut: number
}

/** What one process has counted since it was last asked; plain data. */
export interface Report {
  readonly days: readonly CountedDay[]
  /** Places with their sketches in base64. */
  readonly people: readonly (PeoplePlace & { readonly sketch: string })[]
  /** People who could not be counted. */
  readonly lost: number
}

/** What several processes have counted and nobody has written yet. */
export class Gathered {
  readonly #days = new Map<string, CountedDay>()
  readonly #people = new Map<string, PlacedSketch>()

  add({ days, people }: Pick<Report, 'days' | 'people'>): void {
    for (const one of days) this.#addDay(one)
    for (const { sketch, ...place } of people)
      this.#addPeople(place, Sketch.read(Buffer.from(sketch, 'base64')))
  }

  /** Takes everything; what could not be written is to be put back. */
  take(): { readonly days: readonly CountedDay[]; readonly people: readonly PlacedSketch[] } {
    const taken = { days: [...this.#days.values()], people: [...this.#people.values()] }
    this.#days.clear()
    this.#people.clear()
    return taken
  }

  putBack({ days, people }: ReturnType<Gathered['take']>): void {
    for (const one of days) this.#addDay(one)
    for (const { sketch, ...place } of people) this.#addPeople(place, sketch)
  }

  #addDay(one: CountedDay): void {
    const key = `${one.day} ${one.environmentId} ${one.source} ${one.operation}`
    const known = this.#days.get(key)
    if (known === undefined) {
      this.#days.set(key, { ...one })
      return
    }
    known.requests += one.requests
    known.errors += one.errors
    known.refused += one.refused
    known.bytesIn += one.bytesIn
    known.bytesOut += one.bytesOut
  }

  #addPeople(place: PeoplePlace, sketch: Sketch): void {
    const known = this.#people.get(keyOf(place))
    if (known === undefined) this.#people.set(keyOf(place), { ...place, sketch })
    else known.sketch.merge(sketch)
  }
}
