import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { User } from '@cloudbox/protocol/auth'
import { callerOf, callerOfClaims } from './caller.ts'

const user = {
  id: 'u1',
  email: 'ada@example.com',
  emailVerified: true,
  phone: null,
  name: null,
  role: 'editor',
  roles: ['a'],
  isAnonymous: false,
  claims: { team: 't', sub: 'somebody else' },
} as unknown as User

test('a user is what his token would say, whatever his own claims are', () => {
  const { label, auth } = callerOf(user)
  assert.equal(label, 'ada@example.com')
  assert.deepEqual(auth, {
    uid: 'u1',
    role: 'editor',
    claims: {
      team: 't',
      sub: 'u1',
      roles: ['a'],
      isAnonymous: false,
      role: 'editor',
      email: 'ada@example.com',
      emailVerified: true,
    },
  })
})

test('claims are typed as JSON, and need a subject', () => {
  assert.deepEqual(callerOfClaims('{"sub":"ada","role":"x","team":1}'), {
    label: 'ada',
    auth: { uid: 'ada', role: 'x', claims: { sub: 'ada', role: 'x', team: 1 } },
  })
  for (const text of ['{', '[]', '{}', '"ada"']) assert.ok('mistake' in callerOfClaims(text), text)
})
