import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { Sketch } from './sketch.ts'

const hashOf = (one: number | string) => createHash('sha256').update(String(one)).digest()

function sketchOf(ones: Iterable<number>): Sketch {
  const sketch = new Sketch()
  for (const one of ones) sketch.add(hashOf(one))
  return sketch
}

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i)

test('nobody is nobody, and few are counted to the last one', () => {
  for (const count of [0, 1, 2, 3, 10, 50, 200]) assert.equal(sketchOf(upTo(count)).count(), count)
  for (const count of [1000, 2000]) {
    const told = sketchOf(upTo(count)).count()
    assert.ok(Math.abs(told - count) <= count / 300, `${told} of ${count}`)
  }
})

test('many are counted within four standard errors, at every size', () => {
  // The hashes are the same each time, so this is no game of chance.
  const sketch = new Sketch()
  let added = 0
  for (const count of [100, 500, 2000, 5000, 20_000, 41_000, 60_000, 120_000, 300_000]) {
    for (; added < count; added++) sketch.add(hashOf(added))
    const error = Math.abs(sketch.count() - count) / count
    assert.ok(error < 4 * 0.0081, `${sketch.count()} of ${count}`)
  }
})

test('who comes again is not counted again', () => {
  const sketch = sketchOf(upTo(300))
  const before = sketch.count()
  for (const one of upTo(300)) sketch.add(hashOf(one))
  assert.equal(sketch.count(), before)
})

test('what several have seen, written down and merged, is what one would have seen', () => {
  const lists = fc.array(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 3000 }), { maxLength: 4 })
  fc.assert(
    fc.property(lists, parts => {
      const merged = new Sketch()
      for (const part of parts) merged.merge(Sketch.read(sketchOf(part).write()))
      const whole = sketchOf(parts.flat())
      assert.deepEqual(Sketch.read(merged.write()).write(), whole.write())
      assert.equal(merged.count(), whole.count())
      for (const part of parts) assert.equal(merged.merge(sketchOf(part)), false)
    }),
    { numRuns: 30 },
  )
})

test('many take 12 kB, few take four bytes each', () => {
  assert.equal(sketchOf(upTo(20_000)).write().length, 12_289)
  assert.ok(sketchOf(upTo(10)).write().length <= 41)
  assert.throws(() => Sketch.read(Buffer.from([9])), /newer version/)
})
