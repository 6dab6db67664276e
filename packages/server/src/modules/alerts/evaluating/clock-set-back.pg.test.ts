import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { AlertsReply, Incident } from '@cloudbox/protocol/alerts'
import { until } from '../../../testing/until.ts'
import { failing, hourMs, startAlertsServer } from '../testing/start-alerts-server.ts'

const { server, clock, receiver, lines, ask, windows, webhook, kinds, incidents, untilQuiet, begin } =
  await startAlertsServer({ after })
beforeEach(begin)

test('when the clock is set back all is judged from there, and what fires goes on', async () => {
  await clock.advance(2 * hourMs)
  await ask('POST', '/channels', webhook('back'))
  await ask('POST', '/rules', failing)
  await windows(3, 'bad')
  await untilQuiet()
  const [{ id }] = (await incidents()) as [Incident]
  await clock.advance(-hourMs)
  await windows(1, 'bad')
  const { firing, watch } = await ask<AlertsReply>('GET', '')
  assert.deepEqual([firing.map(one => one.id), watch.isAlive, watch.evaluatedAt], [[id], true, clock.now()])
  const beats = () => receiver.received.filter(({ path }) => path === '/heartbeat').length
  const beatsBefore = beats()
  // It is told again when it is time, counted from here.
  await windows(61, 'bad')
  await until(() => beats() > beatsBefore + 1, 'heartbeats have come')
  await windows(15, 'good')
  await windows(3, 'bad')
  await untilQuiet()
  assert.deepEqual(kinds('back'), ['fired', 'reminder', 'resolved', 'fired'])
  assert.equal(lines.filter(line => line.includes('alerts.clock-set-back')).length, 1)
  await clock.advance(2 * hourMs)
})

test('a start after the clock was set back goes on as well', async () => {
  await clock.advance(2 * hourMs)
  await ask('POST', '/rules', { ...failing, resolveMinutes: 5 })
  await windows(3, 'bad')
  await windows(8, 'good')
  assert.equal((await ask<AlertsReply>('GET', '')).firing.length, 1)
  await clock.advance(-hourMs)
  await server.restart()
  await windows(40, 'good')
  assert.equal((await incidents())[0]!.ended, 'resolved')
  await clock.advance(2 * hourMs)
})
