import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLocalVisitor } from './is-local-visitor.ts'

const host = 'localhost:8090'
const from = (ip: string, headers: Record<string, string> = {}) =>
  isLocalVisitor({ ip, headers: { host, ...headers } })

test('who sits at this computer is let in: by a browser, or a program', () => {
  for (const ip of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) assert.ok(from(ip), ip)
  for (const name of ['127.0.0.1:1', '[::1]:8090', 'app.localhost:8090', 'LOCALHOST'])
    assert.ok(from('::1', { host: name }), name)
  assert.ok(from('::1', { 'sec-fetch-site': 'none' }))
  assert.ok(from('::1', { 'sec-fetch-site': 'same-origin', origin: `http://${host}` }))
})

test('everyone else is not: other computers, proxies, pages of others in his browser', () => {
  for (const ip of ['192.168.0.7', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '1127.0.0.1', ''])
    assert.ok(!from(ip), ip)
  assert.ok(!from('::1', { 'x-forwarded-for': '203.0.113.1' }))
  assert.ok(!from('::1', { forwarded: 'for=203.0.113.1' }))
  assert.ok(!from('::1', { 'sec-fetch-site': 'cross-site' }))
  assert.ok(!from('::1', { 'sec-fetch-site': 'same-site' }))
  assert.ok(!from('::1', { origin: 'https://evil.example' }))
  assert.ok(!from('::1', { origin: 'null' }))
  // A name of theirs that points to this computer.
  for (const name of ['evil.example:8090', 'localhost.evil.example', '127.0.0.1.evil.example'])
    assert.ok(!from('127.0.0.1', { host: name }), name)
})
