import type { Database } from '../../../kernel/db.ts'
import { readProgress } from '../rollups/compact.ts'
import type { Step, StoredWindow, StoredWindows } from '../rollups/stored-windows.ts'
import type { Range } from './range.ts'

type Time = Pick<Range, 'from' | 'to' | 'base'>

/** Windows that are read at once: whoever else has something to do gets his turn in between. */
const atOnce = 60
/** A day by the minute is not long yet. */
const longFrom = 1500

export interface WindowSource {
  readonly db: Database
  readonly windows: StoredWindows
  /** Runs long reads, few at a time. */
  readonly longReads: (read: () => Promise<void>) => Promise<void>
}

/**
 * Everything that was counted in a time, once: from the longest windows that fit, and from shorter ones what has not been
 * merged yet. The whole of it is in memory: for short times.
 */
export async function readWindows(
  db: Database,
  windows: StoredWindows,
  time: Time,
  environmentIds: readonly string[],
): Promise<StoredWindow[]> {
  const found: StoredWindow[] = []
  for (const { step, ...part } of await partsOf(db, time))
    found.push(...(await windows.read(db, step, part, environmentIds)))
  return found
}

/** The same window by window, in the order of time, however long it is: in memory are a few of them. */
export async function walkWindows(
  { db, windows, longReads }: WindowSource,
  time: Time,
  environmentIds: readonly string[],
  each: (window: StoredWindow) => void,
): Promise<void> {
  const slices: Part[] = []
  let total = 0
  for (const part of await partsOf(db, time)) {
    let [from, inSlice] = [part.from, 0]
    for (const { at, count } of await windows.countByTime(db, part.step, part, environmentIds)) {
      total += count
      if (inSlice > 0 && inSlice + count > atOnce) {
        slices.push({ ...part, from, to: at })
        ;[from, inSlice] = [at, 0]
      }
      inSlice += count
    }
    slices.push({ ...part, from })
  }
  const read = async () => {
    for (const { step, ...slice } of slices)
      for await (const window of windows.readInTurns(db, step, slice, environmentIds)) each(window)
  }
  await (total < longFrom ? read() : longReads(read))
}

interface Part {
  readonly step: Step
  readonly from: number
  readonly to: number
}

async function partsOf(db: Database, { from, to, base }: Time): Promise<Part[]> {
  const merged = { 10: Infinity, ...(await readProgress(db)) }
  const parts: Part[] = []
  let begin = from
  for (const step of [3600, 60, 10] as const) {
    if (step > base) continue
    const end = Math.min(to, merged[step])
    if (end <= begin) continue
    parts.push({ step, from: begin, to: end })
    begin = end
  }
  return parts
}
