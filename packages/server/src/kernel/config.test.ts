import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { ConfigProblem, helpText, readConfig, settingsOf } from './config.ts'
import { defineModule } from './module.ts'

const realtime = defineModule({
  name: 'realtime',
  config: Type.Object({ sendQueueBytes: Type.Integer({ default: 1024, minimum: 1, description: 'Queue.' }) }),
  start: () => ({}),
})

test('flags win over the environment, which wins over defaults', () => {
  const env = { CLOUDBOX_PORT: '9000', REALTIME_SEND_QUEUE_BYTES: '5', DATABASE_URL: 'postgres://x' }
  const config = readConfig([realtime], ['--port', '9001', '--json', '--host=::1'], env)
  assert.equal(config.server.port, 9001)
  assert.equal(config.server.host, '::1')
  assert.equal(config.server.json, true)
  assert.equal(config.server.databaseUrl, 'postgres://x')
  assert.deepEqual(config.modules.realtime, { sendQueueBytes: 5 })
  assert.equal(readConfig([realtime], [], {}).server.port, 8090)
})

test('every mistake is told at once', () => {
  const wrong = [
    '--port',
    '99999',
    '--nope',
    '--log-level',
    'loud',
    '--realtime-send-queue-bytes',
    'many',
    '--host',
  ]
  assert.throws(
    () => readConfig([realtime], wrong, {}),
    (error: ConfigProblem) => {
      assert.deepEqual(error.mistakes, [
        '--nope: there is no such option (--help lists them)',
        '--host: needs a value',
        '--port: 99999 is not between 0 and 65535',
        '--log-level: "loud" is none of debug, info, warn, error, silent',
        '--realtime-send-queue-bytes: "many" is not an integer',
      ])
      return error instanceof ConfigProblem
    },
  )
})

test('the help names every flag', () => {
  const text = helpText(settingsOf([realtime]))
  for (const flag of ['--port', '--data-dir', '--realtime-send-queue-bytes'])
    assert.match(text, new RegExp(flag))
})
