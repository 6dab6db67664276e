import type { Clock } from '../../../kernel/clock.ts'
import type { Observation } from '../../../kernel/observation.ts'
import type { MonitoringConfig } from '../config.ts'
import { nowhere } from '../counting/window.ts'
import { describeRequest, type KeptReason, type KeptRequest } from './kept-request.ts'

interface Drawn {
  readonly observation: Observation
  readonly reason: KeptReason
  readonly endedAtMs: number
}

/** Of one reason in one environment. */
interface Drawing {
  readonly environmentId: string
  readonly drawn: Drawn[]
  /** How many could have been drawn since the last taking. */
  candidates: number
  /** How many were taken in the minute. */
  taken: number
  minute: number
}

export type KeeperConfig = Pick<MonitoringConfig, 'slowMs' | 'refusedPercent' | 'keptPerMinute'>

const minuteMs = 60_000

/**
 * Draws the requests that are kept whole: each that could be has the same chance among those of its ten seconds, and an
 * environment has so many a minute for each reason.
 */
export class Keeper {
  readonly #config: KeeperConfig
  readonly #clock: Clock
  readonly #random: () => number
  readonly #drawings = new Map<string, Drawing>()

  constructor(config: KeeperConfig, clock: Clock, random: () => number = Math.random) {
    this.#config = config
    this.#clock = clock
    this.#random = random
  }

  hear(observation: Observation): void {
    if (observation.status < 400 && observation.durationMs < this.#config.slowMs) return
    if (observation.operation.kind !== 'request') return
    const reason = this.#reason(observation)
    if (reason === undefined) return
    const drawing = this.#drawing(observation.environment?.id ?? nowhere, reason)
    const endedAtMs = this.#clock.now()
    const room = this.#room(drawing, Math.floor(endedAtMs / minuteMs))
    const one: Drawn = { observation, reason, endedAtMs }
    drawing.candidates++
    if (drawing.drawn.length < room) drawing.drawn.push(one)
    else {
      const place = Math.floor(this.#random() * drawing.candidates)
      if (place < room) drawing.drawn[place] = one
    }
  }

  /** What was drawn since the last time, the oldest first. */
  take(): KeptRequest[] {
    const taken: KeptRequest[] = []
    for (const [key, drawing] of this.#drawings) {
      if (drawing.candidates === 0) this.#drawings.delete(key)
      for (const { observation, reason, endedAtMs } of drawing.drawn)
        taken.push(describeRequest(observation, drawing.environmentId, reason, endedAtMs))
      drawing.taken += drawing.drawn.length
      drawing.drawn.length = 0
      drawing.candidates = 0
    }
    return taken.sort((a, b) => a.at - b.at)
  }

  #reason({ status, durationMs }: Observation): KeptReason | undefined {
    if (status >= 500) return 'failed'
    if (durationMs >= this.#config.slowMs) return 'slow'
    return this.#random() * 100 < this.#config.refusedPercent ? 'refused' : undefined
  }

  #drawing(environmentId: string, reason: KeptReason): Drawing {
    const key = `${reason} ${environmentId}`
    let drawing = this.#drawings.get(key)
    if (drawing === undefined) {
      drawing = { environmentId, drawn: [], candidates: 0, taken: 0, minute: 0 }
      this.#drawings.set(key, drawing)
    }
    return drawing
  }

  /** One is always kept, however many came before in the minute. */
  #room(drawing: Drawing, minute: number): number {
    if (drawing.minute !== minute) {
      drawing.minute = minute
      drawing.taken = 0
    }
    const { keptPerMinute } = this.#config
    return keptPerMinute === 0 ? 0 : Math.max(1, keptPerMinute - drawing.taken)
  }
}
