import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, beforeEach, test } from 'node:test'
import type {
  AlertChannel,
  AlertRule,
  AlertsReply,
  BackTestReply,
  ChannelsReply,
  Incident,
  IncidentsReply,
  RulesReply,
  Silence,
  SilencesReply,
} from '@cloudbox/protocol/alerts'
import type { MailboxMessage } from '@cloudbox/protocol/auth-mail'
import { sql } from '../../kernel/sql.ts'
import { until } from '../../testing/until.ts'
import { failing, hourMs, minuteMs, startAlertsServer, windowMs } from './testing/start-alerts-server.ts'

const { server, clock, receiver, ask, call, windows, webhook, notices, kinds, incidents, untilQuiet, begin } =
  await startAlertsServer({ after })

async function mailsTo(address: string): Promise<MailboxMessage[]> {
  const { body } = await server.request('GET', '/auth/mailbox/messages')
  return (body as { messages: MailboxMessage[] }).messages.filter(({ to }) => to === address)
}

const codeOf = (body: unknown) => (body as { code?: string }).code

beforeEach(begin)

test('an environment is watched from the start, and tells nobody until somebody names a channel', async () => {
  await ask('DELETE', '/rules/failed-requests')
  await ask('DELETE', '/rules/slow-requests')
  const { rules } = await ask<RulesReply>('GET', '/rules')
  assert.deepEqual(
    rules.map(({ id, isDefault, isOn, condition }) => [id, isDefault, isOn, condition.kind]),
    [
      ['failed-requests', true, true, 'burn-rate'],
      ['slow-requests', true, true, 'burn-rate'],
    ],
  )
  const { channels, firing, watch } = await ask<AlertsReply>('GET', '')
  assert.deepEqual([channels, firing, watch.isAlive, watch.evaluatedAt], [0, [], true, clock.now()])
  await windows(30, 'good')
  await call('bad', 120)
  await clock.advance(windowMs)
  const [incident] = (await ask<AlertsReply>('GET', '')).firing
  assert.deepEqual([incident?.rule, incident?.notices], ['failed-requests', []])
})

test('a breach is told within a minute by mail and webhook, once each, and its end as well', async () => {
  const mailed = await ask<AlertChannel>('POST', '/channels', {
    kind: 'email',
    name: 'Ops',
    address: 'ops@example.com',
  })
  const hook = await ask<AlertChannel>('POST', '/channels', webhook('breach'))
  const rule = await ask<AlertRule>('POST', '/rules', failing)
  await windows(6, 'good')
  const breachedAt = clock.now()
  let toldAt: number | undefined
  while (toldAt === undefined && clock.now() < breachedAt + 5 * minuteMs) {
    await windows(1, 'bad')
    await untilQuiet()
    if (kinds('breach').length > 0) toldAt = clock.now()
  }
  assert.ok(toldAt! - breachedAt <= minuteMs, `${toldAt! - breachedAt} ms after the breach`)
  const [mail] = await mailsTo('ops@example.com')
  assert.equal(mail?.subject, 'Fires: Playground fails – test/dev')
  assert.equal(mail?.link, `${server.url}/console/projects/test/dev/alerts`)

  // A start neither tells again nor forgets.
  await server.restart()
  await windows(3, 'bad')
  await untilQuiet()
  assert.deepEqual(kinds('breach'), ['fired'])
  assert.equal((await ask<AlertsReply>('GET', '')).firing[0]?.rule, rule.id)

  await windows(20, 'good')
  await untilQuiet()
  assert.deepEqual(kinds('breach'), ['fired', 'resolved'])
  const over = notices('breach').at(-1)!
  assert.ok(over.endedAt! > over.beganAt && over.text.startsWith('It lasted for '), over.text)
  assert.ok(over.url.endsWith('/console/projects/test/dev/alerts'))
  const [incident, ...more] = await incidents()
  assert.deepEqual(more, [])
  assert.deepEqual([incident!.ended, incident!.peak > 0.2], ['resolved', true])
  assert.deepEqual(
    incident!.notices.map(({ channel, kind, state }) => `${channel} ${kind} ${state}`).toSorted(),
    ['Ops fired delivered', 'Ops resolved delivered', 'breach fired delivered', 'breach resolved delivered'],
  )
  const { channels } = await ask<ChannelsReply>('GET', '/channels')
  assert.ok(channels.every(({ deliveredAt, failedAt }) => deliveredAt !== null && failedAt === null))
  assert.deepEqual(
    channels.map(({ id }) => id),
    [mailed.id, hook.id],
  )

  // The same windows, asked afterwards.
  const past = await ask<BackTestReply>('POST', '/rules/back-test', {
    condition: failing.condition,
    resolveMinutes: 1,
    days: 1,
  })
  assert.ok(past.times >= 1 && past.incidents.length === past.times)
  const { from, firedAt, to, peak } = past.incidents[0]!
  assert.deepEqual(
    [from, firedAt, to, peak],
    [incident!.beganAt, incident!.firedAt, incident!.endedAt, incident!.peak],
  )
})

test('a webhook is signed with a secret that is told once, and its address never', async () => {
  const { id, secret, address } = await ask<AlertChannel>('POST', '/channels', webhook('signed/of-a-secret'))
  assert.deepEqual(await ask('POST', `/channels/${id}/test`), { isDelivered: true, reason: null })
  const { headers, body } = receiver.received.find(({ path }) => path.startsWith('/signed'))!
  const [, time, signature] = /^t=(\d+),v1=(.+)$/.exec(String(headers['x-cloudbox-signature']))!
  assert.equal(signature, createHmac('sha256', secret!).update(`${time}.${body}`).digest('hex'))
  assert.ok(!address.includes('of-a-secret') && address.startsWith('127.0.0.1'))
  const shown = JSON.stringify(await ask('GET', '/channels'))
  assert.ok(!shown.includes('of-a-secret') && !shown.includes(secret!))
  const [kept] = await server.db.query<{ text: string }>(
    sql`select string_agg(c::text, ' ') as text from cloudbox.alerts_channels c`,
  )
  assert.ok(!kept!.text.includes('of-a-secret') && !kept!.text.includes(secret!))

  receiver.answer = { status: 404, body: 'no_service' }
  assert.deepEqual(await ask('POST', `/channels/${id}/test`), {
    isDelivered: false,
    reason: 'answered 404: no_service',
  })
  const [channel] = (await ask<ChannelsReply>('GET', '/channels')).channels
  assert.deepEqual([channel!.failure, channel!.failedAt !== null], ['answered 404: no_service', true])
  const changed = await ask<AlertChannel>('PATCH', `/channels/${id}`, { name: 'Renamed' })
  assert.deepEqual([changed.name, changed.secret], ['Renamed', undefined])
})

test('what does not arrive is tried again, and it is kept why', async () => {
  await ask('POST', '/channels', webhook('later'))
  await ask('POST', '/rules', failing)
  receiver.answer = { status: 503, body: 'not now' }
  await windows(2, 'bad')
  await until(async () => (await incidents())[0]?.notices[0]?.reason != null, 'the first attempt has failed')
  const [{ notices: waiting }] = (await incidents()) as [Incident]
  assert.deepEqual(
    waiting.map(({ state, reason, attempts }) => [state, reason, attempts]),
    [['waiting', 'answered 503: not now', 1]],
  )
  receiver.answer = { status: 200 }
  await server.db.query(sql`update cloudbox.alerts_notices set due_at = now() where due_at is not null`)
  await clock.advance(windowMs)
  await untilQuiet()
  const ids = new Set(
    receiver.received
      .filter(({ path }) => path === '/later')
      .map(({ headers }) => headers['x-cloudbox-delivery']),
  )
  assert.deepEqual([kinds('later'), ids.size], [['fired', 'fired'], 1])
  assert.equal((await incidents())[0]!.notices[0]!.state, 'delivered')
})

test('a silence holds back and keeps what would have been sent, and tells what still fires when it ends', async () => {
  await ask('POST', '/channels', webhook('quiet'))
  const rule = await ask<AlertRule>('POST', '/rules', failing)
  const silence = await ask<Silence>('POST', '/silences', {
    rule: rule.id,
    to: clock.now() + hourMs,
    reason: 'we know',
  })
  await windows(3, 'bad')
  await untilQuiet()
  assert.deepEqual(kinds('quiet'), [])
  const [{ isSilenced, notices: held }] = (await incidents()) as [Incident]
  assert.deepEqual(
    [isSilenced, held.map(({ kind, state }) => [kind, state])],
    [true, [['fired', 'silenced']]],
  )
  const { silences } = await ask<SilencesReply>('GET', '/silences')
  assert.deepEqual([silences[0]!.held, silences[0]!.isOn], [1, true])

  await ask('DELETE', `/silences/${silence.id}`)
  await windows(1, 'bad')
  await untilQuiet()
  assert.deepEqual(kinds('quiet'), ['fired'])
  // Whoever was told that it began is told that it is over, silence or not.
  await ask('POST', '/silences', { to: clock.now() + hourMs, reason: 'a deploy' })
  await windows(20, 'good')
  await untilQuiet()
  assert.deepEqual(kinds('quiet'), ['fired', 'resolved'])
})

test('as long as it fires it is told again no more often than it may be', async () => {
  await ask('POST', '/channels', webhook('often'))
  const rule = await ask<AlertRule>('POST', '/rules', failing)
  await windows(64, 'bad')
  await untilQuiet()
  assert.deepEqual(kinds('often'), ['fired', 'reminder'])
  // A rule that is switched off leaves no incident open, and nobody waiting for its end.
  await ask('PATCH', `/rules/${rule.id}`, { isOn: false })
  await windows(1, 'bad')
  await untilQuiet()
  assert.deepEqual(kinds('often'), ['fired', 'reminder', 'resolved'])
  assert.match(notices('often').at(-1)!.text, /rule was changed/)
  assert.equal((await incidents())[0]!.ended, 'rule-changed')
})

test('a channel that is named while something fires is told at once', async () => {
  await ask('POST', '/rules', failing)
  await windows(3, 'bad')
  await ask('POST', '/channels', webhook('joined'))
  await windows(1, 'bad')
  await untilQuiet()
  assert.deepEqual(kinds('joined'), ['fired'])
})

test('defaults can be changed and brought back, and rules name channels that are there', async () => {
  const changed = await ask<AlertRule>('PATCH', '/rules/slow-requests', { isOn: false })
  assert.deepEqual([changed.isOn, changed.isDefault, changed.isChanged], [false, true, true])
  await ask('DELETE', '/rules/slow-requests')
  await ask('DELETE', '/rules/failed-requests')
  const { rules } = await ask<RulesReply>('GET', '/rules')
  assert.ok(rules.every(({ isOn, isChanged }) => isOn && !isChanged))
  const refused = async (path: string, body: object) => {
    const answer = await server.request('POST', `/alerts${path}`, { body })
    const { errors = [] } = answer.body as { errors?: { at: string }[] }
    return [codeOf(answer.body), ...errors.map(({ at }) => at)]
  }
  assert.deepEqual(await refused('/rules', { ...failing, channels: ['nobody'] }), [
    'alerts/invalid-rule',
    '/channels/0',
  ])
  const condition = { ...failing.condition, value: 5 }
  assert.deepEqual(await refused('/rules', { ...failing, condition }), [
    'alerts/invalid-rule',
    '/condition/value',
  ])
  const slow = { kind: 'burn-rate', bad: 'slow', target: 0.99 }
  assert.deepEqual(await refused('/rules/back-test', { condition: slow }), [
    'alerts/invalid-rule',
    '/condition/slowMs',
  ])
  const lost = { kind: 'slack', name: 'Lost', address: 'not an address' }
  assert.deepEqual(await refused('/channels', lost), ['alerts/invalid-channel', '/address'])
  const past = { to: clock.now() - 1, reason: 'too late' }
  assert.deepEqual(await refused('/silences', past), ['http/invalid-request', '/to'])
})

test('a channel that is removed is named by no rule any more, and what told it alone tells nobody', async () => {
  const gone = await ask<AlertChannel>('POST', '/channels', webhook('gone'))
  const stays = await ask<AlertChannel>('POST', '/channels', webhook('stays'))
  const alone = await ask<AlertRule>('POST', '/rules', { ...failing, channels: [gone.id] })
  const both = await ask<AlertRule>('POST', '/rules', {
    ...failing,
    condition: { ...failing.condition, value: 0.99 },
    channels: [gone.id, stays.id],
  })
  await ask('PATCH', '/rules/slow-requests', { channels: [stays.id] })
  await ask('DELETE', `/channels/${gone.id}`)
  const { rules } = await ask<RulesReply>('GET', '/rules')
  const channelsOf = (id: string) => rules.find(rule => rule.id === id)!.channels
  assert.deepEqual([alone.id, both.id, 'slow-requests', 'failed-requests'].map(channelsOf), [
    [],
    [stays.id],
    [stays.id],
    null,
  ])
  const told = await server.db.query<{ subject: string; channels: string }>(sql`
    select subject, (after -> 'channels')::text as channels from cloudbox.platform_audit
    where action = 'alert-rule.changed' and before::jsonb -> 'channels' ? ${gone.id} order by number`)
  assert.deepEqual(
    told.map(({ subject, channels }) => [subject, JSON.parse(channels)]),
    [
      [alone.id, []],
      [both.id, [stays.id]],
    ],
  )
  await windows(3, 'bad')
  await untilQuiet()
  assert.equal((await incidents()).find(({ rule }) => rule === alone.id)!.endedAt, null)
  assert.deepEqual(
    notices('stays')
      .map(({ rule }) => rule!.id)
      .includes(alone.id),
    false,
  )
})

test('a rule that names a channel from before can be saved with it, and no other can', async () => {
  const { id } = await ask<AlertRule>('POST', '/rules', failing)
  const lost = '01890000-0000-7000-8000-000000000000'
  await server.db.query(sql`
    update cloudbox.alerts_rules
    set definition = jsonb_set(definition, '{channels}', ${JSON.stringify([lost])}::jsonb) where id = ${id}`)
  const renamed = await ask<AlertRule>('PATCH', `/rules/${id}`, { name: 'Renamed', channels: [lost] })
  assert.deepEqual([renamed.name, renamed.channels], ['Renamed', [lost]])
  const answer = await server.request('PATCH', `/alerts/rules/${id}`, {
    body: { channels: [lost, 'nobody'] },
  })
  assert.deepEqual(
    (answer.body as { errors: { at: string }[] }).errors.map(({ at }) => at),
    ['/channels/1'],
  )
})

test('a rule that is saved as it was leaves no entry, and goes on firing', async () => {
  const { id, condition } = await ask<AlertRule>('POST', '/rules', failing)
  await windows(2, 'bad')
  const entries = () =>
    server.db.query(
      sql`select 1 from cloudbox.platform_audit where action = 'alert-rule.changed' and subject = ${id}`,
    )
  const turned = Object.fromEntries(Object.entries(condition).toReversed())
  await ask('PATCH', `/rules/${id}`, { condition: turned, name: failing.name })
  const told = { ...condition, of: 'request', noData: 'ok' }
  assert.deepEqual((await ask<AlertRule>('PATCH', `/rules/${id}`, { condition: told })).condition, condition)
  assert.equal((await entries()).length, 0)
  await windows(1, 'bad')
  assert.equal((await incidents()).length, 1)
  await ask('PATCH', `/rules/${id}`, { name: 'Renamed' })
  assert.equal((await entries()).length, 1)
  await windows(1, 'bad')
  assert.deepEqual(
    (await incidents()).map(({ endedAt, name }) => [endedAt, name]),
    [[null, failing.name]],
  )
})

test('when nobody has watched for a while, it says so, and somebody outside is told that somebody does', async () => {
  const before = clock.now()
  await clock.advance(20 * minuteMs)
  const { gaps } = await ask<IncidentsReply>('GET', '/incidents')
  assert.deepEqual(gaps[0], { from: before, to: clock.now() })
  await windows(6, 'idle')
  const beats = () => receiver.received.filter(({ path }) => path === '/heartbeat').length
  await until(() => beats() >= 2, 'two heartbeats have come')
  const { watch } = await ask<AlertsReply>('GET', '')
  assert.equal(watch.heartbeat?.host, new URL(receiver.url).host)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(
    metrics,
    new RegExp(`^cloudbox_alerts_evaluated_timestamp_seconds ${clock.now() / 1000}$`, 'm'),
  )
})

test('nothing leaves an environment that is to tell nobody outside', async () => {
  const { id } = server.environment
  const hook = await ask<AlertChannel>('POST', '/channels', webhook('inert'))
  await server.db.query(sql`update cloudbox.platform_environments set is_inert = true where id = ${id}`)
  try {
    await server.restart()
    const { isDelivered, reason } = await ask<{ isDelivered: boolean; reason: string }>(
      'POST',
      `/channels/${hook.id}/test`,
    )
    assert.deepEqual([isDelivered, /branch/.test(reason), kinds('inert')], [false, true, []])
  } finally {
    await server.db.query(sql`update cloudbox.platform_environments set is_inert = false where id = ${id}`)
    await server.restart()
  }
})
