import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkName } from '../names.ts'
import { environmentName } from './branch-name.ts'

const nobody = () => false

test('a branch gives its words to the environment', () => {
  const names = {
    'feature/Login-Page': 'feature-login-page',
    'fix__what//ever.': 'fix-what-ever',
    '123-crash': 'branch-123-crash',
    dev: 'dev',
  }
  for (const [branch, name] of Object.entries(names)) assert.equal(environmentName(branch, nobody), name)
  assert.equal(environmentName('café', nobody), 'cafe')
})

test('what is too long, without letters or taken gets a hash of the branch', () => {
  const long = environmentName('feature/a-very-long-name-of-a-branch', nobody)
  assert.match(long, /^feature-a-very-long-[0-9a-f]{7}$/)
  assert.notEqual(long, environmentName('feature/a-very-long-name-of-another', nobody))
  assert.match(environmentName('功能', nobody), /^branch-[0-9a-f]{7}$/)
  const taken = environmentName('feature/x', name => name === 'feature-x')
  assert.match(taken, /^feature-x-[0-9a-f]{7}$/)
  assert.notEqual(
    taken,
    environmentName('feature-x', name => name === 'feature-x'),
  )
})

test('whatever the branch, it is the name of an environment, and the same each time', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
      fc.boolean(),
      (branch, isTaken) => {
        const name = environmentName(branch, () => isTaken)
        checkName('environment', name)
        assert.equal(
          environmentName(branch, () => isTaken),
          name,
        )
      },
    ),
  )
})
