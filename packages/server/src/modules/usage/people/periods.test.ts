import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidV7 } from '../../../lib/uuid-v7.ts'
import { cohortOf } from './cohort.ts'
import { addDays, beginOf, msOf } from './periods.ts'

test('periods begin at their first day, of UTC', () => {
  const ms = msOf('2026-11-29') + 86_399_999
  assert.equal(beginOf('day', ms), '2026-11-29')
  assert.equal(beginOf('week', ms), '2026-11-23')
  assert.equal(beginOf('week', ms + 1), '2026-11-30')
  assert.equal(beginOf('month', ms), '2026-11-01')
  assert.equal(beginOf('week', 0), '1969-12-29')
  assert.equal(addDays('2026-02-27', 2), '2026-03-01')
})

test('an account tells the week in which it was made, unless its id does not or that is too long ago', () => {
  const made = uuidV7(msOf('2026-11-26'))
  assert.equal(cohortOf(made, '2026-11-23'), '2026-11-23')
  assert.equal(cohortOf(made, '2026-12-28'), '2026-11-23')
  assert.equal(cohortOf(made, '2027-02-15'), '2026-11-23')
  assert.equal(cohortOf(made, '2027-02-22'), undefined)
  assert.equal(cohortOf(made, '2026-11-16'), undefined)
  assert.equal(cohortOf('alice', '2026-11-23'), undefined)
  assert.equal(cohortOf('7f1c3f64-5717-4562-b3fc-2c963f66afa6', '2026-11-23'), undefined)
})
