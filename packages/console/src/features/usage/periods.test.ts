import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usersAround } from './periods.ts'

const of = (begins: string, users: number) => ({ begins, users, isOver: true, interrupted: false })

test('users are those of the week and month that hold the last day', () => {
  const weeks = [of('2026-11-16', 5), of('2026-11-23', 7)]
  const months = [of('2026-10-01', 20), of('2026-11-01', 30)]
  assert.deepEqual(usersAround({ to: '2026-11-29', weeks, months }), {
    week: 7,
    weekBefore: 5,
    month: 30,
    monthBefore: 20,
  })
  // A Monday begins a week.
  const { week, weekBefore } = usersAround({ to: '2026-11-30', weeks, months })
  assert.deepEqual([week, weekBefore], [0, 7])
})

test('where nobody came there is no row, and so it is nobody', () => {
  const weeks = [of('2026-11-02', 9), of('2026-11-23', 7)]
  assert.deepEqual(usersAround({ to: '2026-12-01', weeks, months: [of('2026-10-01', 20)] }), {
    week: 0,
    weekBefore: 7,
    month: 0,
    monthBefore: 0,
  })
  assert.deepEqual(usersAround({ to: '2026-12-08', weeks, months: [of('2026-11-01', 30)] }), {
    week: 0,
    weekBefore: 0,
    month: 0,
    monthBefore: 30,
  })
})

test('weeks and months go on over the turn of a year', () => {
  const weeks = [of('2026-12-21', 1), of('2026-12-28', 2)]
  const months = [of('2026-12-01', 3), of('2027-01-01', 4)]
  assert.deepEqual(usersAround({ to: '2027-01-03', weeks, months }), {
    week: 2,
    weekBefore: 1,
    month: 4,
    monthBefore: 3,
  })
})
