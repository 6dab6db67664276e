import { ByteReader, ByteWriter } from './bytes.ts'
import { Sketch } from './sketch.ts'
import { Tally } from './tally.ts'
import { Counted, levelNames, type TallyKey } from './window.ts'

/** The form of the bytes; the first of them. */
const form = 1
/** Levels with decimals (ms) are kept in thousandths, as whole numbers. */
const levelScale = 1000
/** Durations, time in the database, rows, bytes in and out. */
const sumsBesideCount = 5

/**
 * What was counted as bytes: a window of a dozen operations with a few requests each takes some 300. Operations are told by
 * numbers.
 *
 * @param numberOf number of an operation, by its index in this process
 */
export function pack(counted: Counted, numberOf: (index: number) => number): Buffer {
  const to = new ByteWriter()
  to.number(form)
  to.number(counted.tallies.size)
  for (const [key, tally] of counted.tallies) {
    to.number(numberOf(Math.floor(key / 4)) * 4 + (key % 4))
    const { count, durationUs, databaseUs, rows, bytesIn, bytesOut, durations } = tally
    for (const value of [count, durationUs, databaseUs, rows, bytesIn, bytesOut]) to.number(value)
    durations.write(to)
  }
  to.number(counted.levels.size)
  for (const [name, { samples, sum, highest }] of counted.levels) {
    to.number(levelNames.indexOf(name))
    to.number(samples)
    to.number(Math.round(sum * levelScale))
    to.number(Math.round(highest * levelScale))
  }
  return to.take()
}

/** Index of an operation in this process, by its number; undefined where nobody knows it any more. */
export type IndexOf = (number: number) => number | undefined

/** How often each thing was done and nothing else of it: passing over the durations makes no object of any. */
export function unpackCounts(bytes: Buffer, indexOf: IndexOf): (readonly [key: TallyKey, count: number])[] {
  const from = begin(bytes)
  const counts: (readonly [TallyKey, number])[] = []
  for (let left = from.number(); left > 0; left--) {
    const key = from.number()
    const count = from.number()
    from.skip(sumsBesideCount)
    Sketch.skip(from)
    const index = indexOf(Math.floor(key / 4))
    if (index !== undefined) counts.push([index * 4 + (key % 4), count])
  }
  return counts
}

/** What `pack` has written; operations nobody knows any more are left out. */
export function unpack(bytes: Buffer, indexOf: IndexOf): Counted {
  const from = begin(bytes)
  const counted = new Counted()
  for (let left = from.number(); left > 0; left--) {
    const key = from.number()
    const tally = new Tally()
    tally.count = from.number()
    tally.durationUs = from.number()
    tally.databaseUs = from.number()
    tally.rows = from.number()
    tally.bytesIn = from.number()
    tally.bytesOut = from.number()
    tally.durations = Sketch.read(from)
    const index = indexOf(Math.floor(key / 4))
    if (index !== undefined) counted.tallies.set(index * 4 + (key % 4), tally)
  }
  for (let left = from.number(); left > 0; left--) {
    const name = levelNames[from.number()]
    const [samples, sum, highest] = [from.number(), from.number() / levelScale, from.number() / levelScale]
    if (name !== undefined) counted.levels.set(name, { samples, sum, highest })
  }
  return counted
}

function begin(bytes: Buffer): ByteReader {
  const from = new ByteReader(bytes)
  if (from.number() !== form) throw new RangeError('these counts were written by a newer version')
  return from
}
