import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMoment, readSeconds } from './duration.ts'
import { Failure } from './failure.ts'

const now = Date.parse('2027-03-10T12:00:00Z')

test('durations and dates are read', () => {
  assert.equal(readSeconds('overlap', '90s'), 90)
  assert.equal(readSeconds('overlap', '2w'), 1_209_600)
  assert.equal(readMoment('since', '7d', 'past', now), '2027-03-03T12:00:00.000Z')
  assert.equal(readMoment('expires', '1h', 'future', now), '2027-03-10T13:00:00.000Z')
  assert.equal(readMoment('since', '2027-01-31', 'past', now), '2027-01-31T00:00:00.000Z')
  assert.equal(readMoment('since', '2027-01-31T08:30+02:00', 'past', now), '2027-01-31T06:30:00.000Z')
})

test('anything else is wrong usage', () => {
  for (const text of ['', '7', 'd', '-7d', '7 d', '1y', 'soon', '2027-13-01', '31.1.2027', '12345678d'])
    assert.throws(
      () => readMoment('since', text, 'past', now),
      (error: unknown) => error instanceof Failure && error.exitCode === 2,
      text,
    )
})
