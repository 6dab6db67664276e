import { Observer } from '../../../kernel/observer.ts'
import { Counted, type Frame } from '../../monitoring/module.ts'

/** What was done in ten seconds. */
export interface Done {
  readonly good?: number
  readonly failed?: number
  /** How long each took. */
  readonly ms?: number
  readonly connections?: number
}

export const observer = new Observer()
export const operationAt = (index: number) => observer.operationAt(index)
const list = observer.operation('request', 'GET /data/:collection')
const windowMs = 10_000

/** A frame in which this was done. */
export function frameOf(at: number, { good = 0, failed = 0, ms = 10, connections }: Done): Frame {
  const own = new Counted()
  const add = (outcome: number, times: number) => {
    if (times === 0) return
    const tally = own.tally(list.index * 4 + outcome)
    tally.count += times
    tally.durationUs += ms * 1000 * times
    tally.durations.add(ms, times)
  }
  add(0, good)
  add(3, failed)
  if (connections !== undefined)
    own.levels.set('connections', { samples: 1, sum: connections, highest: connections })
  const server = new Counted()
  server.levels.set('memory', { samples: 1, sum: 1e8, highest: 1e8 })
  const isIdle = own.tallies.size === 0 && own.levels.size === 0
  return { at, stepMs: windowMs, own: isIdle ? undefined : own, server }
}

/** Frames of ten seconds one after the other; null: the server did not run. */
export function framesOf(begin: number, done: readonly (Done | null)[]): Frame[] {
  return done.flatMap((one, i) => (one === null ? [] : [frameOf(begin + i * windowMs, one)]))
}

/** The same several times. */
export function repeated(times: number, done: Done | null): (Done | null)[] {
  return Array.from({ length: times }, () => done)
}
