import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeCount, difference, rehearsed } from './promotion.ts'

const plan = { versions: {}, settingsVersion: 1, missingSecrets: [], settings: [], variables: [] }

test('changes are counted over structure, settings and configuration', () => {
  const step = { sentence: 'Add field tags to posts.', isDestructive: false }
  assert.equal(changeCount({ ...plan, steps: [step] }), 'One change')
  assert.equal(
    changeCount({ ...plan, steps: [step], variables: [{ name: 'THEME', after: 'dark' }] }),
    '2 changes',
  )
})

test('a difference says what was unset', () => {
  assert.equal(difference({ after: 'dark' }), 'from unset to dark')
  assert.equal(difference({ before: true }), 'from true to unset')
})

test('a rehearsed step tells what it touched', () => {
  const step = { sentence: '', locks: [], isRewrite: false, rows: 0, ms: 0.4 }
  assert.equal(rehearsed(step), 'under 1 ms')
  assert.equal(
    rehearsed({ ...step, rows: 2, ms: 14.2, isRewrite: true }),
    '2 documents, 14 ms, writes the whole table anew',
  )
})
