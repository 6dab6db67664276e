import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'node:test'
import { readyLine, summary } from './summary.ts'

const ready = {
  url: 'http://localhost:8090',
  environmentUrl: 'http://localhost:8090/demo/dev',
  publishableKey: 'cb_pub_1',
  secretKey: 'cb_secret_1',
  databaseUrl: 'postgres://localhost:54329/cloudbox',
}

test('the box is as wide everywhere and shows every value whole', () => {
  const text = stripVTControlCharacters(summary(ready, [['Demo', 'http://localhost:8091']]))
  const box = text.split('\n').filter(line => /^[╭│╰]/.test(line))
  assert.equal(new Set(box.map(line => line.length)).size, 1)
  for (const value of [...Object.values(ready).slice(1), 'http://localhost:8091'])
    assert.ok(text.includes(value))
})

test('in a narrow terminal what is too long stands below the box, whole', () => {
  const databaseUrl = `postgres://cloudbox:${'p'.repeat(60)}@127.0.0.1:54329/cloudbox`
  const text = stripVTControlCharacters(summary({ ...ready, databaseUrl }, [], 80))
  const lines = text.split('\n')
  assert.ok(lines.filter(line => /^[╭│╰]/.test(line)).every(line => line.length <= 80))
  assert.equal(lines.at(-2), databaseUrl)
  assert.equal(lines.at(-3), '  Database')
})

test('it says where mails arrive', () => {
  assert.match(
    stripVTControlCharacters(summary(ready)),
    /Mailbox +http:\/\/localhost:8090\/demo\/dev\/v1\/auth\/mailbox /,
  )
})

test('it leads to the set-up as long as there is no owner, to the console then', () => {
  const setUpUrl = 'http://localhost:8090/v1/platform/set-up#token'
  const before = stripVTControlCharacters(summary({ ...ready, setUpUrl }))
  assert.match(before, /Set up +http:\/\/localhost:8090\/v1\/platform\/set-up#token /)
  assert.doesNotMatch(before, /Console/)
  const after = stripVTControlCharacters(summary(ready))
  assert.match(after, /Console +http:\/\/localhost:8090\/console /)
  assert.doesNotMatch(after, /Set up/)
})

test('without the demo nothing of it is told', () => {
  const { url, databaseUrl } = ready
  const text = stripVTControlCharacters(summary({ url, databaseUrl }))
  const labels = text.split('\n').flatMap(line => /^│ {2}(\w.*?) {3}/.exec(line)?.[1]?.trim() ?? [])
  assert.deepEqual(labels, ['CloudBox is ready', 'Console', 'Database'])
  assert.doesNotMatch(text, /undefined|[Ss]ecret key/)
  assert.deepEqual(JSON.parse(readyLine({ url, databaseUrl })), { event: 'ready', url, databaseUrl })
})

test('the ready line is one line of JSON', () => {
  assert.deepEqual(JSON.parse(readyLine(ready)), { event: 'ready', ...ready })
  assert.ok(!readyLine(ready).includes('\n'))
})
