import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationMs } from './duration.ts'

test('a span is milliseconds, or numbers with their units', () => {
  assert.equal(durationMs(5), 5)
  assert.equal(durationMs(-5), -5)
  assert.equal(durationMs('90s'), 90_000)
  assert.equal(durationMs('1d 12h'), 129_600_000)
  assert.equal(durationMs('1.5h'), 5_400_000)
  assert.equal(durationMs('2w'), 1_209_600_000)
})

test('what is none says how it is written', () => {
  for (const nonsense of ['', 'soon', '1 day', '5', '1d x', NaN, Infinity])
    assert.throws(() => durationMs(nonsense), /is no span of time: write 1d/, String(nonsense))
})
