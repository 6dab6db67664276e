import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRange, usualRange, writeRange } from './time-range.ts'

test('a range comes back from an address', () => {
  for (const range of [{ from: '-7d' }, { from: '1795986573118', to: '1795986673118' }])
    assert.deepEqual(readRange(new URLSearchParams(writeRange(range))), range)
})

test('nonsense is the usual range', () => {
  for (const query of ['', 'from=yesterday', 'to=-1h'])
    assert.deepEqual(readRange(new URLSearchParams(query)), usualRange)
  assert.deepEqual(readRange(new URLSearchParams('from=-1h&to=x')), { from: '-1h' })
})

test('what else an address tells stays beside it', () => {
  assert.equal(
    writeRange({ from: '-1h' }, { operation: 'GET /x', status: undefined }),
    '?from=-1h&operation=GET+%2Fx',
  )
})
