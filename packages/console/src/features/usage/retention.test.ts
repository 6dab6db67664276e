import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellsOf, together } from './retention.ts'

const old = { week: '2026-11-02', users: [10, 5, 5], isFew: [false, false, false] }
const young = { week: '2026-11-09', users: [30, 6], isFew: [false, false] }

test('cells tell shares of the first week, and the last one is still open', () => {
  assert.deepEqual(cellsOf(old), [
    { users: 10, isFew: false, share: 1, isOpen: false },
    { users: 5, isFew: false, share: 0.5, isOpen: false },
    { users: 5, isFew: false, share: 0.5, isOpen: true },
  ])
  assert.deepEqual(
    cellsOf({ week: '2026-11-02', users: [null, 5, 6], isFew: [false, false, false] }).map(
      ({ share }) => share,
    ),
    [null, null, null],
  )
})

test('of few neither a number nor a share is told, and all together leaves them out', () => {
  const few = { week: '2026-11-02', users: [12, null, 6, 6], isFew: [false, true, false, false] }
  assert.deepEqual(cellsOf(few)[1], { users: null, isFew: true, share: null, isOpen: false })
  assert.equal(together([few], 1), null)
  assert.equal(together([few], 2), 0.5)
  assert.equal(
    together([few, { week: '2026-11-02', users: [null, 9, 9], isFew: [true, false, false] }], 1),
    null,
  )
})

test('all together weighs by people, and leaves out weeks that are not over', () => {
  assert.equal(together([old, young], 0), 1)
  assert.equal(together([old, young], 1), 0.5)
  assert.equal(together([old, young], 2), null)
  assert.equal(together([], 0), null)
})
