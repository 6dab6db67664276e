import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Promotion, Promotions } from '@cloudbox/protocol/platform-replies'
import { join, setUpOwner } from '@cloudbox/server/testing/management'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { cloudbox, type RunOptions } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
const box = cloudbox({ after }, server.url)
await box.signIn()

const good = async (line: string, options?: RunOptions) => {
  const ran = await box(`${line} --project shop`, options)
  assert.equal(ran.code, 0, `${line}: ${ran.stderr}`)
  return ran
}
const json = async <T>(line: string, options?: RunOptions) =>
  (await good(`${line} --json`, options)).json<T>()
const codeOf = async (line: string, options?: RunOptions) => {
  const ran = await box(`${line} --project shop --json`, options)
  return [ran.code, ran.json<{ error: { code: string } }>().error?.code]
}
const inLive = (method: string, path: string, body?: unknown) => owner.askIn('shop/live', method, path, body)
const fields = async () =>
  Object.keys(((await inLive('GET', '/data/$collections/notes')).body as { fields: object }).fields)
const listed = async (state?: string) =>
  (await json<Promotions>(`env promotions live${state === undefined ? '' : ` --state ${state}`}`)).promotions

await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'live' })
await inLive('POST', '/data/$collections', {
  name: 'notes',
  fields: { title: { type: 'text' }, old: { type: 'integer' } },
  policies: { list: 'public("test")' },
})
await inLive('POST', '/data/notes', [
  { title: 'one', old: 1 },
  { title: 'two', old: 2 },
])
await good('env create feature --from live')
await owner.askIn('shop/feature', 'PATCH', '/data/$collections/notes', {
  fields: { old: null, done: { type: 'boolean' } },
  policies: { list: 'public("feature")' },
})
await owner.askIn('shop/feature', 'PATCH', '/auth/settings', { passwordMinLength: 12 })
await good('vars set REGION --value eu --env feature')
await good('secrets set STRIPE_KEY --value sk_1 --env feature')

test('a plan shows all that would change, what it costs and what to do next, and changes nothing', async () => {
  const { stdout, stderr } = await good('env promote feature live --plan')
  for (const said of [
    /^feature → shop\/live$/m,
    /^ {4}\d {2}Add field done \(boolean\) to notes\.$/m,
    /^ {2}! \d {2}Drop field old of notes; its values move to the trash\.$/m,
    /locks notes.* · 2 documents · [\d.]+ ms$/m,
    /^ +- public\("test"\)$/m,
    /^ +\+ public\("feature"\)$/m,
    /\/passwordMinLength {2}8 → 12/,
    /REGION {2}unset → eu/,
    /STRIPE_KEY/,
    /✓ 3 steps in /,
  ])
    assert.match(stdout, said)
  assert.ok(!`${stdout}${stderr}`.includes('sk_1'))
  assert.match(stderr, /Set first: cloudbox secrets set STRIPE_KEY --project shop --env live/)
  const [, id] = /Apply it: cloudbox env apply live ([0-9a-f]{8}) --project shop/.exec(stderr)!
  const [only, ...others] = await listed()
  assert.deepEqual([only!.id.slice(0, 8), only!.state, others], [id, 'proposed', []])
  assert.deepEqual(await fields(), ['title', 'old'])
})

test('it is applied by who says its name, and by nobody else', async () => {
  const tries = await listed()
  assert.deepEqual(await codeOf('env promote feature live'), [2, 'cli/needs-terminal'])
  assert.deepEqual(await codeOf('env promote feature live --yes feature'), [1, 'cli/not-confirmed'])
  assert.deepEqual(await codeOf('env promote feature live --plan --yes live'), [2, 'cli/usage'])
  assert.deepEqual(await codeOf('env promote nowhere live --plan'), [1, 'platform/not-found'])
  assert.equal((await listed()).length, tries.length, 'what is refused is not even proposed')
  const typed = await box('env promote feature live --project shop', { types: ['life'] })
  assert.equal(typed.code, 1)
  assert.match(typed.stderr, /Drop field old of notes/, 'the plan is there before the question')
  assert.deepEqual(await fields(), ['title', 'old'])

  const { stdout, stderr } = await good('env promote feature live', { types: ['live'] })
  assert.match(stdout, /^Applied 5 changes of feature to shop\/live\. What documents lost/)
  assert.match(stderr, /Back with: cloudbox env undo live [0-9a-f]{8} --project shop/)
  assert.deepEqual(await fields(), ['title', 'done'])
  assert.deepEqual(await codeOf('env promote feature live --plan'), [1, 'platform/nothing-to-promote'])
})

test('undoing takes the newest one that was applied, and brings the data back', async () => {
  const [applied] = await listed('applied')
  const shown = await good('env undo live --dry-run')
  assert.match(shown.stdout, /takes back the 5 changes from feature that owner@example\.com applied/)
  assert.deepEqual(await codeOf('env undo live'), [2, 'cli/needs-terminal'])
  assert.deepEqual(await codeOf('env undo live --yes feature'), [1, 'cli/not-confirmed'])
  const undone = await json<Promotion>('env undo live --yes live')
  assert.deepEqual([undone.id, undone.state], [applied!.id, 'undone'])
  const { body } = await inLive('GET', '/data/notes?order=title')
  assert.deepEqual(
    (body as { title: string; old: number }[]).map(({ title, old }) => [title, old]),
    [
      ['one', 1],
      ['two', 2],
    ],
  )
  assert.deepEqual(await codeOf('env undo live --yes live'), [1, 'cli/not-one'])
  assert.deepEqual(await codeOf(`env undo live ${undone.id} --yes live`), [1, 'platform/promotion-outdated'])
})

test('one that was proposed is applied later, by how its id begins', async () => {
  const { id } = await json<Promotion>('env promote feature live --plan')
  const begins = id.slice(0, 8)
  assert.match((await good(`env apply live ${begins} --dry-run`)).stdout, /Drop field old of notes/)
  assert.deepEqual(await codeOf('env apply live nothing --yes live'), [1, 'cli/not-one'])
  const unknown = '00000000-0000-4000-8000-000000000000'
  assert.deepEqual(await codeOf(`env apply live ${unknown} --yes live`), [1, 'platform/not-found'])
  assert.deepEqual(await codeOf(`env apply live ${begins}`), [2, 'cli/needs-terminal'])
  assert.equal((await json<Promotion>(`env apply live ${begins} --yes live`)).state, 'applied')
  assert.deepEqual(await codeOf(`env apply live ${id} --yes live`), [1, 'cli/not-one'])
  const { stdout } = await good('env promotions live')
  assert.match(stdout, new RegExp(`^${begins}  feature  applied +5 `, 'm'))
  assert.deepEqual(await codeOf('env promotions live --state lost'), [1, 'http/invalid-request'])
  await good(`env undo live ${begins} --yes live`)
})

test('without a question the plan is in the log, and a developer only proposes', async t => {
  const { stdout } = await good('env promote feature live --yes live')
  assert.match(stdout, /Drop field old of notes[\s\S]*\n\nApplied 5 changes/)
  await good('env undo live --yes live')
  await join(server, owner, 'acme', 'dan@example.com', 'developer')
  const dan = cloudbox(t, server.url)
  await dan.signIn('dan@example.com')
  assert.equal((await dan('env promote feature live --plan --project shop')).code, 0)
  const refused = await dan('env promote feature live --yes live --project shop')
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /permission environments\.promote in projects\/shop\/environments\/live/)
})

test('what changes no structure is promoted and undone as well', async () => {
  await good('env create quiet --from live')
  await good('vars set MOTTO --value hello --env quiet')
  const { stdout } = await good('env promote quiet live --yes live')
  assert.match(stdout, /MOTTO {2}unset → hello\n\nApplied one change of quiet to shop\/live\.\n$/)
  assert.match((await good('vars list --env live')).stdout, /^MOTTO .*hello/m)
  await good('env undo live --yes live')
  assert.doesNotMatch((await good('vars list --env live')).stdout, /MOTTO/)
})

test('a plan that would fail says at which step and why, ends with 1 and is not applied', async () => {
  await owner.askIn('shop/feature', 'PATCH', '/data/$collections/notes', {
    fields: { title: { type: 'text', unique: true } },
  })
  await inLive('POST', '/data/notes', { title: 'one' })
  const ran = await box('env promote feature live --yes live --project shop')
  assert.equal(ran.code, 1)
  assert.match(ran.stdout, /✗ Step \d/)
  assert.match(ran.stdout, /stopped here/)
  assert.match(ran.stderr, /Nothing was changed/)
  assert.deepEqual(await fields(), ['title', 'old'])
})
