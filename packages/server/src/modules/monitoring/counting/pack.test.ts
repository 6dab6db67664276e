import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pack, unpack, unpackCounts } from './pack.ts'
import { Counted, levelNames } from './window.ts'

const whole = fc.nat({ max: 2 ** 50 })
const tally = fc.record({
  key: fc.nat({ max: 4000 }),
  durationUs: whole,
  databaseUs: whole,
  rows: whole,
  bytesIn: whole,
  bytesOut: whole,
  durations: fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 }),
})
const level = fc.record({
  name: fc.constantFrom(...levelNames),
  samples: fc.integer({ min: 1, max: 360 }),
  sum: fc.nat({ max: 2 ** 40 }),
  highest: fc.nat({ max: 2 ** 40 }),
})

const counted = fc.tuple(fc.array(tally), fc.array(level)).map(([tallies, levels]) => {
  const made = new Counted()
  for (const { key, durations, ...sums } of tallies) {
    const one = made.tally(key)
    Object.assign(one, sums)
    for (const ms of durations) one.durations.add(ms)
    one.count = one.durations.count
  }
  for (const { name, ...values } of levels) made.levels.set(name, values)
  return made
})

function shown({ tallies, levels }: Counted) {
  const plain = [...tallies].map(([key, { durations, ...sums }]) => ({
    key,
    ...sums,
    bins: [...durations.bins()],
  }))
  return { tallies: plain, levels: [...levels] }
}

test('what was counted comes back as it was, with operations by other numbers', () => {
  fc.assert(
    fc.property(counted, made => {
      const bytes = pack(made, index => index * 3 + 1)
      assert.deepEqual(shown(unpack(bytes, number => (number - 1) / 3)), shown(made))
    }),
  )
})

test('counts alone are those of the whole', () => {
  fc.assert(
    fc.property(counted, made => {
      const bytes = pack(made, index => index * 3 + 1)
      const indexOf = (number: number) => (number % 2 === 0 ? undefined : (number - 1) / 3)
      const whole = [...unpack(bytes, indexOf).tallies].map(([key, { count }]) => [key, count])
      assert.deepEqual(unpackCounts(bytes, indexOf), whole)
    }),
  )
})

test('an operation nobody knows any more is left out', () => {
  const made = new Counted()
  made.tally(4).count = 1
  made.tally(9).count = 2
  const back = unpack(
    pack(made, index => index),
    number => (number === 1 ? undefined : number),
  )
  assert.deepEqual([...back.tallies.keys()], [9])
})

test('a window of a dozen operations takes a few hundred bytes', () => {
  const made = new Counted()
  for (let key = 0; key < 48; key += 4) {
    const one = made.tally(key)
    for (let i = 0; i < 8; i++) one.durations.add(1.5 * 1.3 ** i)
    Object.assign(one, {
      count: 8,
      durationUs: 52_000,
      databaseUs: 21_000,
      rows: 160,
      bytesIn: 0,
      bytesOut: 20_000,
    })
  }
  assert.ok(pack(made, index => index).length < 450)
})

test('bytes of another form, or cut ones, are refused', () => {
  const bytes = pack(new Counted(), index => index)
  assert.throws(() => unpack(Buffer.concat([Buffer.from([9]), bytes]), number => number), /newer version/)
  assert.throws(() => unpack(bytes.subarray(0, 1), number => number), /end in the middle/)
})
