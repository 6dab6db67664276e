import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { AlertChannel, AlertRule, Silence } from '@cloudbox/protocol/alerts'
import { sql } from '../../../kernel/sql.ts'
import { until } from '../../../testing/until.ts'
import { failing, hourMs, startAlertsServer } from '../testing/start-alerts-server.ts'

const { server, clock, receiver, ask, windows, webhook, kinds, incidents, untilQuiet, begin } =
  await startAlertsServer({ after })
beforeEach(begin)

// The first: it looks back for an hour.
test('what became urgent in a silence is told when it ends', async () => {
  await ask('POST', '/channels', webhook('urgent'))
  const condition = {
    kind: 'burn-rate',
    bad: 'failed',
    target: 0.999,
    operation: 'GET /playground/:how',
    minCount: 1,
    minBad: 1,
  }
  const rule = await ask<AlertRule>('POST', '/rules', {
    name: 'Budget',
    condition,
    remindMinutes: 0,
    resolveMinutes: 5,
  })
  await windows(8, 'good')
  // As it stands an hour after it was told as no more than a ticket.
  const at = clock.now() - hourMs
  const state = { phase: 'firing', since: at, firedAt: at, peak: 2, severity: 'ticket', wellSince: null }
  const [incident] = await server.db.query<{ id: string }>(sql`
    insert into cloudbox.alerts_incidents (environment_id, rule_id, name, condition, severity, began_at, fired_at, peak)
    values (${server.environment.id}, ${rule.id}, 'Budget', ${JSON.stringify(rule.condition)}::jsonb, 'ticket',
      ${new Date(at)}::timestamptz, ${new Date(at)}::timestamptz, 2) returning id::text as id`)
  await server.db.query(sql`
    update cloudbox.alerts_states set incident_id = ${incident!.id}::bigint, told_at = ${new Date(at)}::timestamptz,
      told_severity = 'ticket', state = ${JSON.stringify(state)}::jsonb where rule_id = ${rule.id}`)
  const silence = await ask<Silence>('POST', '/silences', {
    to: clock.now() + 2 * hourMs,
    reason: 'a deploy',
  })
  await windows(40, 'bad')
  await untilQuiet()
  assert.deepEqual(kinds('urgent'), [])
  assert.equal((await incidents())[0]!.severity, 'page')
  await ask('DELETE', `/silences/${silence.id}`)
  await windows(3, 'bad')
  await untilQuiet()
  assert.deepEqual(kinds('urgent'), ['escalated'])
})

test('who was told that it fires is told that it is over, whatever channels the rule has by then', async () => {
  const first = await ask<AlertChannel>('POST', '/channels', webhook('first'))
  const second = await ask<AlertChannel>('POST', '/channels', webhook('second'))
  const rule = await ask<AlertRule>('POST', '/rules', { ...failing, channels: [first.id] })
  await windows(3, 'bad')
  await untilQuiet()
  await ask('PATCH', `/rules/${rule.id}`, { channels: [second.id] })
  await windows(20, 'good')
  await untilQuiet()
  assert.deepEqual([kinds('first'), kinds('second')], [['fired', 'resolved'], []])
})

test('what could not be sent in time does not come after the end', async () => {
  await ask('POST', '/channels', webhook('late'))
  await ask('POST', '/rules', failing)
  receiver.answer = { status: 503 }
  await windows(2, 'bad')
  await until(async () => (await incidents())[0]?.notices[0]?.reason != null, 'it has failed once')
  receiver.answer = { status: 204 }
  receiver.received.length = 0
  await server.db.query(sql`
    update cloudbox.alerts_notices set due_at = now() + interval '10 min' where due_at is not null`)
  await windows(20, 'good')
  await untilQuiet()
  assert.deepEqual(kinds('late'), ['resolved'])
  const [{ notices } = assert.fail('there is no incident')] = await incidents()
  assert.deepEqual(notices.map(({ kind, state }) => `${kind} ${state}`).toSorted(), [
    'fired failed',
    'resolved delivered',
  ])
})
