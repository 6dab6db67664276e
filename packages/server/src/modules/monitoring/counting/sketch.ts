import type { ByteReader, ByteWriter } from './bytes.ts'

/**
 * Durations counted in bins that grow by the same factor, so that any percentile is told with the same relative error,
 * whatever was merged before. The bins are those of an exponential histogram of OpenTelemetry of scale 5 (ADR 36).
 */
const binsPerDoubling = 32
const growth = 2 ** (1 / binsPerDoubling)
const perNatural = binsPerDoubling / Math.LN2
/** 1 µs and three weeks; what is beyond counts as that. */
const lowestBin = -319
const highestBin = 989
const chunk = 32

/** By how much a percentile may be off, as a share of it: 0.0108. */
export const relativeError = (growth - 1) / (growth + 1)

export class Sketch {
  count = 0
  /** Bin of `#counts[0]`. */
  #first = 0
  #counts = new Float64Array(0)

  add(ms: number, times = 1): void {
    this.#addTo(binOf(ms), times)
  }

  merge(other: Sketch): void {
    for (const [bin, count] of other.bins()) this.#addTo(bin, count)
  }

  /** Bins that are not empty, the fastest first: values of bin `i` lie in (2^((i-1)/32), 2^(i/32)] ms. */
  *bins(): Iterable<readonly [bin: number, count: number]> {
    for (let i = 0; i < this.#counts.length; i++) {
      const count = this.#counts[i]!
      if (count > 0) yield [this.#first + i, count]
    }
  }

  /** The value below which a part (0 to 1) of all lies, ms; null when there is none. */
  quantile(part: number): number | null {
    if (this.count === 0) return null
    const rank = part * (this.count - 1)
    let below = 0
    let last = lowestBin
    for (const [bin, count] of this.bins()) {
      below += count
      last = bin
      if (below > rank) break
    }
    return valueOf(last)
  }

  /** How many took at most so long, within the error. */
  countUpTo(ms: number): number {
    const limit = binOf(ms)
    let total = 0
    for (const [bin, count] of this.bins()) if (bin <= limit) total += count
    return total
  }

  /** Most bins have a few: gap to the next bin and whether it has more than one are one number. */
  write(to: ByteWriter): void {
    const bins = [...this.bins()]
    to.number(bins.length)
    let before = lowestBin
    for (const [bin, count] of bins) {
      to.number((bin - before) * 2 + (count > 1 ? 1 : 0))
      if (count > 1) to.number(count - 2)
      before = bin
    }
  }

  static read(from: ByteReader): Sketch {
    const sketch = new Sketch()
    const length = from.number()
    if (length === 0) return sketch
    const bins = new Int32Array(length)
    const counts = new Float64Array(length)
    let bin = lowestBin
    for (let i = 0; i < length; i++) {
      const step = from.number()
      bin += Math.floor(step / 2)
      bins[i] = bin
      counts[i] = step % 2 === 1 ? from.number() + 2 : 1
    }
    // Room for all of them at once: thousands of sketches are read for one question.
    sketch.#makeRoom(bins[0]!)
    sketch.#makeRoom(bin)
    for (let i = 0; i < length; i++) sketch.#addTo(bins[i]!, counts[i]!)
    return sketch
  }

  /** Passes over one that was written. */
  static skip(from: ByteReader): void {
    for (let left = from.number(); left > 0; left--) if (from.number() % 2 === 1) from.skip(1)
  }

  #addTo(bin: number, times: number): void {
    const { length } = this.#counts
    if (length === 0 || bin < this.#first || bin >= this.#first + length) this.#makeRoom(bin)
    this.#counts[bin - this.#first]! += times
    this.count += times
  }

  #makeRoom(bin: number): void {
    const { length } = this.#counts
    const from = length === 0 ? bin : Math.min(bin, this.#first)
    const to = length === 0 ? bin : Math.max(bin, this.#first + length - 1)
    const first = Math.floor(from / chunk) * chunk
    const counts = new Float64Array((Math.floor(to / chunk) + 1) * chunk - first)
    if (length > 0) counts.set(this.#counts, this.#first - first)
    this.#first = first
    this.#counts = counts
  }
}

function binOf(ms: number): number {
  const bin = Math.ceil(Math.log(ms) * perNatural)
  return bin >= lowestBin ? Math.min(bin, highestBin) : lowestBin
}

/** The value whose distance to both ends of the bin is the same share of them. */
function valueOf(bin: number): number {
  return (2 * growth ** bin) / (growth + 1)
}
