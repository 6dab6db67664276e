import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstClient, firstSteps, type Beginnings } from './onboarding.ts'

const nothing: Beginnings = { collections: [], hasKey: false, filled: undefined, isLive: false }
const done = (known: Partial<Beginnings>) =>
  firstSteps({ ...nothing, ...known })
    .map(({ isDone }) => (isDone ? 1 : 0))
    .join('')

test('what is done is what is there', () => {
  assert.equal(done({}), '00000')
  assert.equal(done({ collections: [{ name: 'users', system: true, policies: { list: 'true' } }] }), '00000')
  assert.equal(done({ collections: [{ name: 'todos', policies: { list: null } }] }), '10000')
  assert.equal(done({ collections: [{ name: 'todos', policies: { list: 'public("x")' } }] }), '11000')
  assert.equal(done({ hasKey: true, filled: 'todos', isLive: true }), '00111')
})

test('the first client names this environment', () => {
  const code = firstClient('http://localhost:8090/demo/dev', 'cb_pub_1', 'cities')
  for (const part of ["'http://localhost:8090/demo/dev', 'cb_pub_1'", "collection('cities')"])
    assert.ok(code.includes(part), part)
})
