import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from './bytes.ts'
import { relativeError, Sketch } from './sketch.ts'

const durations = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 })

/** The value at the rank the sketch means, over all values. */
function exact(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(part * (sorted.length - 1))]!
}

function sketchOf(values: readonly number[]): Sketch {
  const sketch = new Sketch()
  for (const value of values) sketch.add(value)
  return sketch
}

test('percentiles of whatever was merged are within the error of the exact ones', () => {
  fc.assert(
    fc.property(fc.array(durations, { minLength: 1, maxLength: 8 }), parts => {
      const merged = new Sketch()
      for (const values of parts) merged.merge(sketchOf(values))
      const all = parts.flat()
      assert.equal(merged.count, all.length)
      for (const part of [0, 0.5, 0.95, 0.99, 1]) {
        const told = merged.quantile(part)!
        const true_ = exact(all, part)
        // A value on the border of two bins may be told as of either: one rounding more.
        assert.ok(Math.abs(told - true_) <= true_ * (relativeError + 1e-9), `${part}: ${told}, not ${true_}`)
      }
    }),
  )
})

test('it does not matter in which order sketches are merged, nor whether they were written down between', () => {
  fc.assert(
    fc.property(durations, durations, durations, (a, b, c) => {
      const kept = (sketch: Sketch) => {
        const to = new ByteWriter()
        sketch.write(to)
        return Sketch.read(new ByteReader(to.take()))
      }
      const left = sketchOf(a)
      left.merge(sketchOf(b))
      left.merge(sketchOf(c))
      const right = kept(sketchOf(c))
      right.merge(kept(sketchOf(b)))
      right.merge(kept(sketchOf(a)))
      assert.deepEqual([...kept(right).bins()], [...left.bins()])
      assert.equal(right.count, left.count)
    }),
  )
})

test('what is out of range counts as the end of the range', () => {
  const sketch = sketchOf([0, -5, 1e-9, 1e12])
  sketch.add(Number.NaN)
  assert.equal(sketch.count, 5)
  assert.ok(sketch.quantile(0)! <= 0.0011)
  assert.ok(sketch.quantile(1)! > 1e9)
})

test('nothing has no percentiles', () => {
  assert.equal(new Sketch().quantile(0.5), null)
  assert.equal(new Sketch().countUpTo(10), 0)
})

test('one that stands for many counts as many', () => {
  const sketch = new Sketch()
  sketch.add(5, 1000)
  sketch.add(500)
  assert.equal(sketch.count, 1001)
  assert.equal(sketch.countUpTo(10), 1000)
  assert.ok(sketch.quantile(0.99)! < 5.1)
})
