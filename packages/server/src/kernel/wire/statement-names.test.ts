import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statementNames } from './statement-names.ts'

test('a text has a name from the second time on, and keeps it while it is in use', () => {
  const nameOf = statementNames()
  assert.equal(nameOf('select 1'), '')
  const name = nameOf('select 1')
  assert.notEqual(name, '')
  for (let i = 0; i < 2000; i++) {
    nameOf(`select ${i} as x`)
    nameOf(`select ${i} as x`)
    assert.equal(nameOf('select 1'), name)
  }
  // Long unused: it begins anew.
  assert.equal(nameOf('select 5 as x'), '')
})
