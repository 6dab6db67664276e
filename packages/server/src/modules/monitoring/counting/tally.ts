import { Sketch } from './sketch.ts'

/** Everything counted of one operation that ended one way, in one window. */
export class Tally {
  count = 0
  /** µs, as whole numbers: sums of them stay exact. */
  durationUs = 0
  databaseUs = 0
  rows = 0
  bytesIn = 0
  bytesOut = 0
  durations = new Sketch()

  merge(other: Tally): void {
    this.mergeSums(other)
    this.durations.merge(other.durations)
  }

  /** All but how the durations are spread. */
  mergeSums(other: Tally): void {
    this.count += other.count
    this.durationUs += other.durationUs
    this.databaseUs += other.databaseUs
    this.rows += other.rows
    this.bytesIn += other.bytesIn
    this.bytesOut += other.bytesOut
  }
}

/** A level: what it was each time somebody looked. */
export interface LevelTally {
  /** How often somebody looked. */
  samples: number
  sum: number
  highest: number
}
