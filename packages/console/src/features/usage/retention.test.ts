import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellsOf, together } from './retention.ts'

const old = { week: '2026-11-02', users: [10, 5, 4] }
const young = { week: '2026-11-09', users: [30, 3] }

test('cells tell shares of the first week, and the last one is still open', () => {
  assert.deepEqual(cellsOf(old), [
    { users: 10, share: 1, isOpen: false },
    { users: 5, share: 0.5, isOpen: false },
    { users: 4, share: 0.4, isOpen: true },
  ])
  assert.deepEqual(
    cellsOf({ week: '2026-11-02', users: [null, 5, 0] }).map(({ share }) => share),
    [null, null, null],
  )
})

test('all together weighs by people, and leaves out weeks that are not over', () => {
  assert.equal(together([old, young], 0), 1)
  assert.equal(together([old, young], 1), 0.5)
  assert.equal(together([old, young], 2), null)
  assert.equal(together([], 0), null)
})
