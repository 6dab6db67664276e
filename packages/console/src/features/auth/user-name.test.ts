import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { User } from '@cloudbox/protocol/auth'
import { isBanned, userName } from './user-name.ts'

const nobody: User = {
  id: '01990000-0000-7000-8000-00000000abcd',
  email: null,
  emailVerified: false,
  phone: null,
  phoneVerified: false,
  name: null,
  avatarUrl: null,
  role: null,
  roles: [],
  claims: null,
  metadata: null,
  locale: null,
  isAnonymous: false,
  bannedUntil: null,
  lastSignInAt: null,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
}

test('a user is called by what is best known of him', () => {
  assert.equal(userName({ ...nobody, name: 'Ada', email: 'ada@example.com' }), 'Ada')
  assert.equal(userName({ ...nobody, name: '', email: 'ada@example.com' }), 'ada@example.com')
  assert.equal(userName({ ...nobody, isAnonymous: true }), 'Somebody 00abcd')
  assert.equal(userName(nobody), nobody.id)
})

test('a ban counts until it is over', () => {
  const nowMs = Date.parse('2026-06-01T00:00:00Z')
  assert.equal(isBanned({ bannedUntil: '2026-06-02T00:00:00Z' }, nowMs), true)
  assert.equal(isBanned({ bannedUntil: '2026-05-31T00:00:00Z' }, nowMs), false)
  assert.equal(isBanned({ bannedUntil: null }, nowMs), false)
})
