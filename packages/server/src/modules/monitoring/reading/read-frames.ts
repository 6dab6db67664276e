import type { Database } from '../../../kernel/db.ts'
import type { Operation } from '../../../kernel/observation.ts'
import { Counted, nowhere } from '../counting/window.ts'
import { readProgress } from '../rollups/compact.ts'
import type { Step, StoredWindows } from '../rollups/stored-windows.ts'

/** Everything that counts for an environment in one window in which the server ran. */
export interface Frame {
  /** When it began, ms since 1970. */
  readonly at: number
  readonly stepMs: number
  /** What was done in the environment; undefined: nothing. */
  readonly own: Counted | undefined
  /** Levels of the server. */
  readonly server: Counted
}

/** A time, and from when on it is read in minutes and in ten seconds. */
export interface FrameTime {
  readonly from: number
  readonly minutesFrom: number
  readonly secondsFrom: number
  readonly to: number
}

const minuteMs = 60_000
const hourMs = 3_600_000

/** Windows that are read at once: whoever else has something to do gets his turn in between. */
const atOnce = 60

/** Frames of an environment in the order of time, each moment in one of them. */
export async function* readFrames(
  db: Database,
  windows: StoredWindows,
  environmentId: string,
  time: FrameTime,
): AsyncGenerator<Frame> {
  for (const { step, ...slice } of slicesOf(time, await readProgress(db))) {
    const found = await windows.read(db, step, slice, [environmentId, nowhere])
    const owns = new Map(found.filter(one => one.environmentId !== nowhere).map(one => [one.at, one.counted]))
    // Each process tells its levels in each window, so where there are none nothing was counted.
    for (const { at, environmentId: id, counted: server } of found)
      if (id === nowhere) yield { at, stepMs: step * 1000, own: owns.get(at), server }
  }
}

/** How many requests an environment had in a window. */
export interface RequestCount {
  /** When it began, ms since 1970. */
  readonly at: number
  readonly requests: number
  /** With 5xx. */
  readonly failed: number
}

/** Requests of an environment and nothing else of it, each moment once: for a fraction of what frames cost. */
export async function* readRequestCounts(
  db: Database,
  windows: StoredWindows,
  environmentId: string,
  time: FrameTime,
  operationAt: (index: number) => Operation,
): AsyncGenerator<RequestCount> {
  for (const { step, ...slice } of slicesOf(time, await readProgress(db)))
    for (const { at, counts } of await windows.readCounts(db, step, slice, environmentId)) {
      let requests = 0
      let failed = 0
      for (const [key, count] of counts) {
        if (operationAt(Math.floor(key / 4)).kind !== 'request') continue
        requests += count
        if (key % 4 === 3) failed += count
      }
      yield { at, requests, failed }
    }
}

interface Slice {
  readonly step: Step
  readonly from: number
  readonly to: number
}

function* slicesOf(
  { from, minutesFrom, secondsFrom, to }: FrameTime,
  merged: Readonly<Record<60 | 3600, number>>,
): Iterable<Slice> {
  const hoursTo = floorTo(hourMs, Math.min(Math.max(minutesFrom, from), merged[3600]))
  const minutesTo = Math.max(hoursTo, floorTo(minuteMs, Math.min(secondsFrom, merged[60])))
  const parts: [Step, number, number][] = [
    [3600, floorTo(hourMs, from), hoursTo],
    [60, Math.max(floorTo(minuteMs, from), hoursTo), minutesTo],
    [10, Math.max(from, minutesTo), to],
  ]
  for (const [step, begin, end] of parts) {
    const sliceMs = step * 1000 * atOnce
    for (let at = begin; at < end; at += sliceMs) yield { step, from: at, to: Math.min(end, at + sliceMs) }
  }
}

function floorTo(ms: number, at: number): number {
  return Math.floor(at / ms) * ms
}
