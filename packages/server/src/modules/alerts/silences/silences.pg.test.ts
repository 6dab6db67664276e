import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { Silence, SilencesReply } from '@cloudbox/protocol/alerts'
import { sql } from '../../../kernel/sql.ts'
import { hourMs, startAlertsServer } from '../testing/start-alerts-server.ts'

const { server, clock, ask, windows, begin } = await startAlertsServer({ after })
beforeEach(begin)

test('a silence that is on is seen and can be ended, however many others there are', async () => {
  const day = 24 * hourMs
  const { id } = await ask<Silence>('POST', '/silences', { to: clock.now() + hourMs, reason: 'hidden' })
  await server.db.query(sql`
    insert into cloudbox.alerts_silences (id, environment_id, from_at, to_at, reason, made_by)
    select gen_random_uuid(), ${server.environment.id}, ${new Date(clock.now() + 80 * day)}::timestamptz,
      ${new Date(clock.now() + 81 * day)}::timestamptz, 'far away', 'somebody'
    from generate_series(1, 250)`)
  await server.db.query(sql`
    insert into cloudbox.alerts_silences (id, environment_id, from_at, to_at, reason, made_by)
    select gen_random_uuid(), ${server.environment.id}, ${new Date(clock.now() - 2 * day)}::timestamptz,
      ${new Date(clock.now() - 2 * day)}::timestamptz + n * interval '1 min', 'over', 'somebody'
    from generate_series(1, 250) n`)
  const { silences } = await ask<SilencesReply>('GET', '/silences')
  assert.deepEqual([silences[0]?.id, silences[0]?.isOn], [id, true])
  assert.deepEqual(
    ['far away', 'over'].map(wanted => silences.filter(({ reason }) => reason === wanted).length),
    [250, 100],
  )
  const more = { to: clock.now() + hourMs, reason: 'one more' }
  const refused = await ask<{ code: string; detail: string }>('POST', '/silences', more, [409])
  assert.equal(refused.code, 'alerts/too-many')
  assert.match(refused.detail, /at most 100 silences/)
  await windows(1, 'idle')
  await ask('DELETE', `/silences/${id}`)
  assert.equal((await ask<SilencesReply>('GET', '/silences')).silences.filter(({ isOn }) => isOn).length, 0)
  // What is over can be ended once more; what is not there cannot.
  await ask('DELETE', `/silences/${id}`)
  await ask('DELETE', '/silences/nobody', undefined, [404])
  await server.db.query(sql`delete from cloudbox.alerts_silences where reason = 'far away'`)
  await ask('POST', '/silences', more)
})

test('what cannot be kept is refused as a mistake of whoever sent it', async () => {
  const bad = { to: clock.now() + hourMs, reason: 'a \0 b' }
  const refused = await ask<{ code: string; detail: string }>('POST', '/silences', bad, [422])
  assert.equal(refused.code, 'http/invalid-request')
  assert.match(refused.detail, /NUL/)
  assert.deepEqual((await ask<SilencesReply>('GET', '/silences')).silences, [])
})
