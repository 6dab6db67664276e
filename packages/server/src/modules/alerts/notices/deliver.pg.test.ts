import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { AlertChannel, Incident } from '@cloudbox/protocol/alerts'
import { sql } from '../../../kernel/sql.ts'
import { until } from '../../../testing/until.ts'
import { failing, startAlertsServer, windowMs } from '../testing/start-alerts-server.ts'

const { server, clock, receiver, ask, windows, webhook, kinds, incidents, untilQuiet, begin } =
  await startAlertsServer({ after })
beforeEach(begin)

test('a receiver whose answer nobody could keep is given up in time, and holds up nobody', async () => {
  const hook = await ask<AlertChannel>('POST', '/channels', webhook('rude'))
  receiver.answer = { status: 500, body: 'broken \0 here' }
  const reason = 'answered 500: broken here'
  assert.deepEqual(await ask('POST', `/channels/${hook.id}/test`), { isDelivered: false, reason })
  // It goes on while it is tried.
  await ask('POST', '/rules', { ...failing, resolveMinutes: 60 })
  await windows(2, 'bad')
  const told = async () => (await incidents())[0]?.notices[0]
  for (let attempt = 1; attempt <= 7; attempt++) {
    await until(async () => (await told())?.attempts === attempt, `attempt ${attempt} was made`)
    await until(async () => (await told())?.reason === reason, 'it is kept why it failed')
    await server.db.query(
      sql`update cloudbox.alerts_notices set due_at = now(), reason = null where due_at is not null`,
    )
    await clock.advance(windowMs)
  }
  assert.equal((await told())?.state, 'failed')
})

test('a notice that cannot be settled, or was tried more often than could be counted, holds up nobody', async () => {
  await ask('POST', '/rules', failing)
  const hook = await ask<AlertChannel>('POST', '/channels', webhook('stuck'))
  await ask('POST', '/channels', webhook('fine'))
  receiver.answer = { status: 503, body: 'unwritable' }
  await windows(2, 'bad')
  await until(async () => {
    const [incident] = await incidents()
    return incident?.notices.length === 2 && incident.notices.every(({ reason }) => reason !== null)
  }, 'both have failed once')
  // Whatever the reason is, nothing can be written with it.
  await server.db.query(sql`
    alter table cloudbox.alerts_notices add constraint no_reason check (reason not like '%no_service%') not valid`)
  try {
    await server.db.query(sql`
      update cloudbox.alerts_notices set attempts = 32767, due_at = now() where channel_id = ${hook.id}`)
    receiver.answers = { '/stuck': { status: 404, body: 'no_service' } }
    receiver.answer = { status: 204 }
    await server.db.query(sql`update cloudbox.alerts_notices set due_at = now() where due_at is not null`)
    await clock.advance(windowMs)
    await untilQuiet()
  } finally {
    await server.db.query(sql`alter table cloudbox.alerts_notices drop constraint no_reason`)
  }
  const [{ notices: settled }] = (await incidents()) as [Incident]
  assert.deepEqual(settled.map(({ channel, state }) => `${channel} ${state}`).toSorted(), [
    'fine delivered',
    'stuck failed',
  ])
})

test('receivers of a neighbour that never answer hold up nobody else', async () => {
  const { platform } = server.server()
  const neighbour = await platform.ensureEnvironment({
    organisation: 'test',
    project: 'test',
    name: 'neighbour',
    dev: true,
  })
  const headers = {
    apikey: await platform.createKey(neighbour.id, 'secret'),
    'content-type': 'application/json',
  }
  receiver.answers = { '/silent': null }
  const [{ id: incident }] = (await server.db.query<{ id: string }>(sql`
    insert into cloudbox.alerts_incidents (environment_id, rule_id, name, condition, severity, began_at, fired_at, peak)
    values (${neighbour.id}, 'r', 'R', ${JSON.stringify(failing.condition)}::jsonb, 'page', now(), now(), 1)
    returning id::text as id`)) as [{ id: string }]
  for (let i = 0; i < 5; i++) {
    const answer = await fetch(`${server.url}/test/neighbour/v1/alerts/channels`, {
      method: 'POST',
      headers,
      body: JSON.stringify(webhook('silent')),
    })
    const { id } = (await answer.json()) as AlertChannel
    await server.db.query(sql`
      insert into cloudbox.alerts_notices (id, environment_id, incident_id, channel_id, kind, state, at, due_at)
      select gen_random_uuid(), ${neighbour.id}, ${incident}::bigint, ${id}, 'fired', 'waiting',
        now() + n * interval '1 s', now() - interval '1 h'
      from generate_series(1, 12) n`)
  }
  await ask('POST', '/channels', webhook('prompt'))
  await ask('POST', '/rules', failing)
  await windows(2, 'bad')
  await until(() => kinds('prompt').length > 0, 'the alert has come')
  // Of sixty that are to be sent before it.
  const asked = receiver.received.filter(({ path }) => path === '/silent').length
  assert.ok(asked <= 20, `the neighbour's receivers were asked ${asked} times before`)
})
