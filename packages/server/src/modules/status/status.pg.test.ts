import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { StatusSettings, StatusSummary } from '@cloudbox/protocol/status'
import { defineModule } from '../../kernel/module.ts'
import { route } from '../../kernel/route.ts'
import { sql } from '../../kernel/sql.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { silentLog } from '../../testing/test-cluster.ts'
import { drivenClock } from '../../testing/driven-clock.ts'

const clock = drivenClock(Date.UTC(2026, 10, 30, 12))
const broken = defineModule({
  name: 'broken',
  start: () => ({
    routes: [
      route('GET /broken', { summary: 'Fails', access: 'anyone', hidden: true }, () => {
        throw new Error('on purpose')
      }),
    ],
  }),
})
const server = await startTestServer({ after }, { log: silentLog, clock, extraModules: [broken] })
const set = (settings: StatusSettings) => server.request('PUT', '/status/settings', { body: settings })
const look = () => server.request('GET', '/status/summary', { headers: {} })
const summary = async () => (await look()).body as StatusSummary

test('it is closed until somebody opens it, and tells nobody else what it says', async () => {
  for (const path of ['/status', '/status/summary']) {
    const { status, body } = await server.request('GET', path, { headers: {} })
    assert.equal(status, 404)
    assert.equal((body as { code: string }).code, 'status/closed')
  }
  assert.equal((await server.request('GET', '/status/settings', { headers: {} })).status, 401)
  assert.deepEqual((await server.request('GET', '/status/settings')).body, {
    isPublic: false,
    title: '',
    message: '',
  })
})

test('once open it says how it goes, by the requests', async () => {
  const settings = { isPublic: true, title: 'The "Shop"', message: 'Works on Friday' }
  assert.equal((await set(settings)).status, 200)
  const before = await summary()
  assert.equal(before.title, 'The "Shop"')
  assert.equal(before.message, 'Works on Friday')
  assert.equal(before.state, 'operational')
  assert.equal(before.days.length, 90)

  for (let n = 0; n < 60; n++) await server.request('GET', '/broken')
  await clock.advance(10_000)
  await set(settings)
  const worse = await summary()
  assert.equal(worse.state, 'down')
  assert.ok(worse.good! < 0.5)
  assert.equal(worse.days.at(-1)!.good, worse.good)
  assert.ok(worse.days.slice(0, -1).every(({ good }) => good === null))

  await clock.advance(600_000)
  await set(settings)
  const later = await summary()
  assert.equal(later.state, 'operational', 'what is over is past')
  assert.equal(later.days.at(-1)!.good! < 1, true)
})

test('days that are over are counted once; who closes the page has all of it forgotten', async () => {
  const yesterday = async () => (await summary()).days.at(-2)!.good
  await clock.advance(86_400_000)
  const before = await yesterday()
  assert.ok(before! < 1)
  await server.db.query(sql`delete from cloudbox.monitoring_windows`)
  await clock.advance(20_000)
  assert.equal(await yesterday(), before)
  await set({ isPublic: false, title: '', message: '' })
  await set({ isPublic: true, title: 'The "Shop"', message: '' })
  assert.equal(await yesterday(), null)
})

test('who asks while an answer is being made, and ten seconds after, gets the same', async () => {
  await clock.advance(20_000)
  const [first, second] = await Promise.all([summary(), summary()])
  assert.deepEqual(second, first)
  await clock.advance(9_000)
  assert.equal((await summary()).at, first.at)
  await clock.advance(1_000)
  assert.equal((await summary()).at, clock.now())
})

test('the page brings its own files and nothing it says is markup', async () => {
  const { status, body, headers } = await server.request('GET', '/status', { headers: {} })
  assert.equal(status, 200)
  assert.match(headers.get('content-security-policy')!, /default-src 'none'/)
  assert.match(String(body), /<h1>The &quot;Shop&quot;<\/h1>/)
  const [, file] = /href="\/test\/dev\/v1(\/status\/\w+\/style\.css)"/.exec(String(body))!
  assert.equal((await server.request('GET', file!, { headers: {} })).status, 200)
  assert.equal((await server.request('GET', '/status/x/nothing.js', { headers: {} })).status, 404)
})

test('closed again, it is gone', async () => {
  await set({ isPublic: false, title: '', message: '' })
  assert.equal((await look()).status, 404)
})
