import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { uuidV7 } from '../../../lib/uuid-v7.ts'
import { findInBytes, findInText } from './find-personal.ts'

const kinds = (text: string) => findInText(text).map(({ kind, sample }) => `${kind} ${sample}`)

test('addresses of mails and machines are found, and told without what they are', () => {
  const cases: [text: string, found: string][] = [
    ['by ada.lovelace+x@mail.example.org', 'email a…@….org'],
    ['Größe: zoë@bücher.example', 'email z…@….example'],
    ['from 192.0.2.17, port 80', 'ipv4 192.…'],
    ['{"ip":"2001:db8::8a2e:370:7334"}', 'ipv6 2001:…'],
    ['[::1]:8090', 'ipv6 :…'],
    ['::ffff:198.51.100.7', 'ipv6 :…'],
    ['fe80:0:0:0:1:2:3:4 said', 'ipv6 fe80:…'],
    ['name=eq.bob%40example.com&limit=1', 'email e…@….com'],
    ['bob%2540example.com', 'email b…@….com'],
    [String.raw`{"a":"bob\u0040example.com"}`, 'email b…@….com'],
    [`x=${Buffer.from('carol@example.net').toString('base64')}`, 'email c…@….net'],
    [`x=${Buffer.from('carol@example.net').toString('base64url')}`, 'email c…@….net'],
    [`\\x${Buffer.from('203.0.113.99').toString('hex')}`, 'ipv4 203.…'],
  ]
  for (const [text, expected] of cases) assert.ok(kinds(text).includes(expected), `${text}: ${kinds(text)}`)
})

test('what is stored otherwise looks like none', () => {
  const plain = [
    'GET /data/:collection/:id',
    '/data/cities?name=*&limit=*',
    'select a::text, $1::int, b::date from t where x @> $2',
    '2026-11-30 10:20:30.123456+00',
    '10:20:30',
    uuidV7(),
    'deadbeef-1a2b',
    'version 18.4.0',
    '1.2.3.4.5',
    '999.1.1.1',
    createHash('sha256').update('x').digest('hex'),
    'monitoring/unknown-request',
    '{1,2,3}',
    'a::dec',
    'std::vector',
  ]
  for (const text of plain) assert.deepEqual(kinds(text), [], text)
})

test('in bytes texts are found, and chance finds nothing', () => {
  const inBytes = (bytes: Buffer) => findInBytes(bytes).map(({ kind }) => kind)
  assert.deepEqual(inBytes(Buffer.from('dora@example.org')), ['email'])
  assert.deepEqual(
    inBytes(Buffer.concat([Buffer.from([0, 255, 1]), Buffer.from('dora@example.org'), Buffer.from([0])])),
    ['email'],
  )
  assert.deepEqual(inBytes(Buffer.concat([Buffer.from([0, 255]), Buffer.from('192.0.2.17\0')])), ['ipv4'])
  assert.deepEqual(
    inBytes(Buffer.concat([Buffer.from([0, 255]), Buffer.from('2001:db8::8a2e:370:7334\0')])),
    ['ipv6'],
  )
  assert.deepEqual(inBytes(randomBytes(500_000)), [])
})
