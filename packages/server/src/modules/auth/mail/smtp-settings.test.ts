import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPlainAddress } from './message.ts'
import { mistakesInMailSettings, readSender, readSmtpUrl } from './smtp-settings.ts'

test('an SMTP server is read from its URL', () => {
  assert.deepEqual(readSmtpUrl('smtp://ada%40example.com:p%3Aw@mail.example.com'), {
    host: 'mail.example.com',
    port: 587,
    isSecure: false,
    needsTls: true,
    auth: { user: 'ada@example.com', pass: 'p:w' },
  })
  assert.deepEqual(readSmtpUrl('smtps://[::1]'), {
    host: '::1',
    port: 465,
    isSecure: true,
    needsTls: true,
    auth: undefined,
  })
  assert.equal(readSmtpUrl('smtp://localhost:25?tls=optional').needsTls, false)
})

test('a sender has a name and an address', () => {
  assert.deepEqual(readSender('"Tom & Co" <no-reply@example.com>', 'app'), {
    name: 'Tom & Co',
    address: 'no-reply@example.com',
  })
  assert.deepEqual(readSender('no-reply@example.com', 'app'), {
    name: 'app',
    address: 'no-reply@example.com',
  })
})

test('settings that cannot work are refused with their place', () => {
  const settings = { appName: '', mailLanguage: 'en', smtpUrl: '', mailFrom: '' }
  const placesIn = (over: Partial<typeof settings>) =>
    mistakesInMailSettings({ ...settings, ...over }).map(({ at }) => at)
  assert.deepEqual(placesIn({}), [])
  assert.deepEqual(placesIn({ smtpUrl: 'smtp://mail.example.com', mailFrom: 'a@example.com' }), [])
  assert.deepEqual(placesIn({ smtpUrl: 'https://example.com' }), ['/smtpUrl', '/mailFrom'])
  assert.deepEqual(placesIn({ smtpUrl: 'smtp://h?tls=never', mailFrom: 'a@b\r\nBcc: c@d' }), [
    '/smtpUrl',
    '/mailFrom',
  ])
})

test('what starts another header or another recipient is no address', () => {
  for (const address of [
    'ada@example.com',
    'a+b@sub.example.com',
    'jörg@bücher.example',
    "o'hara@example.com",
  ])
    assert.ok(isPlainAddress(address), address)
  for (const address of [
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com\n',
    'ada@example.com, eve@example.com',
    'ada@example.com;eve@example.com',
    'Ada <ada@example.com>',
    '"ada@eve.example"@example.com',
    'ada(c)@example.com',
    'a@b@c',
    '@example.com',
    'ada',
    '',
    `${'a'.repeat(250)}@example.com`,
  ])
    assert.ok(!isPlainAddress(address), JSON.stringify(address))
})
