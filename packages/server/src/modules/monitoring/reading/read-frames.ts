import type { Database } from '../../../kernel/db.ts'
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
  { from, minutesFrom, secondsFrom, to }: FrameTime,
): AsyncGenerator<Frame> {
  const merged = await readProgress(db)
  const hoursTo = floorTo(hourMs, Math.min(Math.max(minutesFrom, from), merged[3600]))
  const minutesTo = Math.max(hoursTo, floorTo(minuteMs, Math.min(secondsFrom, merged[60])))
  const parts: [Step, number, number][] = [
    [3600, floorTo(hourMs, from), hoursTo],
    [60, Math.max(floorTo(minuteMs, from), hoursTo), minutesTo],
    [10, Math.max(from, minutesTo), to],
  ]
  for (const [step, begin, end] of parts) {
    const sliceMs = step * 1000 * atOnce
    for (let at = begin; at < end; at += sliceMs) {
      const time = { from: at, to: Math.min(end, at + sliceMs) }
      const found = await windows.read(db, step, time, [environmentId, nowhere])
      const owns = new Map(
        found.filter(one => one.environmentId !== nowhere).map(one => [one.at, one.counted]),
      )
      // Each process tells its levels in each window, so where there are none nothing was counted.
      for (const { at: begun, environmentId: id, counted: server } of found)
        if (id === nowhere) yield { at: begun, stepMs: step * 1000, own: owns.get(begun), server }
    }
  }
}

function floorTo(ms: number, at: number): number {
  return Math.floor(at / ms) * ms
}
