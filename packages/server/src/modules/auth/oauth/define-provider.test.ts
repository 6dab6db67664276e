import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineProvider } from './define-provider.ts'

test('a provider that speaks the standard says no more than its name and its address', () => {
  const acme = defineProvider({ id: 'acme', name: 'Acme', issuer: 'https://id.acme.example' })
  assert.deepEqual([acme.scopes, acme.trustEmail], [['openid', 'email', 'profile'], false])
  assert.equal(acme.profile({ sub: '7', email: 'a@b.example' }).subject, '7')
})

test('every mistake of a manifest is named', () => {
  assert.throws(
    () => defineProvider({ id: 'Acme!', name: ' ', color: 'red', issuer: 'http://id.acme.example' }),
    (error: Error) => {
      for (const part of [/small letters/, /no name/, /#4f46e5/, /http:\/\/id\.acme\.example/])
        assert.match(error.message, part)
      return true
    },
  )
  assert.throws(() => defineProvider({ id: 'acme', name: 'Acme' }), /either an issuer/)
})
