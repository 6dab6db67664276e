import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { join as joinOrganisation, setUpOwner } from '@cloudbox/server/testing/management'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { appFolder } from '../../testing/app-folder.ts'
import { cloudbox } from '../../testing/cloudbox.ts'
import type { ExaminedParity } from './examine-parity.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'live' })
const app = appFolder({ after })
const box = cloudbox({ after }, server.url)
await box.signIn()
app.write('cloudbox/link.json', JSON.stringify({ url: server.url, project: 'shop' }))
app.write(
  'cloudbox/schema.ts',
  `import { defineSchema, t } from '@cloudbox/client/schema'
export default defineSchema({ todos: { fields: { title: t.text(), done: t.boolean() } } })
`,
)

async function parity(line = 'doctor --parity live') {
  const { code, stdout, stderr } = await box(`${line} --json`, { cwd: app.root })
  assert.equal(code, 0, stderr || stdout)
  const examined = JSON.parse(stdout) as ExaminedParity
  return { ...examined, of: (name: string) => examined.areas.find(({ area }) => area === name)! }
}
const names = (area: { differences: readonly { name: string }[] }) => area.differences.map(({ name }) => name)

test('where nothing runs, the files of the app are compared', async () => {
  const empty = await parity()
  assert.equal(empty.here, 'cloudbox/schema.ts')
  assert.equal(empty.percent, 0)
  assert.deepEqual(names(empty.of('collections')), [
    'collection todos',
    'field todos.title',
    'field todos.done',
  ])
  assert.match(empty.of('accounts').notCompared!, /does not run here/)
  const made = await box('migrate create begin --env live', { cwd: app.root })
  assert.equal(made.code, 0, made.stderr)
  assert.match(names((await parity()).of('migrations')).join(), /^\d+_begin$/)
  const up = await box('migrate up --env live --yes live', { cwd: app.root })
  assert.equal(up.code, 0, up.stderr)
  const same = await parity()
  assert.equal(same.percent, 100, JSON.stringify(same.areas))
})

test('what runs here is compared in every area; what it does not share is named, and no value is told', async () => {
  const { environmentUrl, publishableKey, secretKey } = server
  const dev = { environmentUrl, publishableKey, secretKey, pid: process.pid, project: 'test', port: 1 }
  app.write('.cloudbox/dev.json', JSON.stringify(dev))
  const fields = { title: { type: 'text' }, done: { type: 'boolean' } }
  await server.request('POST', '/data/$collections', { body: { name: 'todos', fields } })
  const before = await parity()
  assert.equal(before.here, 'test/dev')
  assert.equal(before.percent, 100, JSON.stringify(before.areas, null, 1))
  for (const { area, compared } of before.areas)
    assert.ok(area === 'variables' || compared > 0, `${area}: ${compared}`)

  await owner.askIn('shop/live', 'PATCH', '/auth/settings', { password: false, siteUrl: 'https://a.example' })
  await owner.askIn('shop/live', 'PATCH', '/limits', { maxRows: 10 })
  await owner.ask('PUT', '/projects/shop/environments/live/secrets/TOKEN', { value: 'very-hidden' })
  await owner.askIn('shop/live', 'PATCH', '/data/$collections/todos', { policies: { list: 'public("all")' } })
  const after = await parity()
  assert.deepEqual(names(after.of('accounts')), ['password'])
  assert.deepEqual(names(after.of('limits')), ['maxRows'])
  assert.deepEqual(names(after.of('variables')), ['TOKEN'])
  assert.deepEqual(names(after.of('collections')), ['policy todos.list'])
  assert.equal(after.of('server').differences.length, 0)
  assert.ok(after.percent! < 100 && after.shared === after.compared - 4)
  assert.ok(!JSON.stringify(after).includes('very-hidden'))
  const { stdout } = await box('doctor --parity live', { cwd: app.root })
  assert.match(stdout, /^\d+ % of shop\/live is as test\/dev: /)
  assert.match(stdout, /! limits: 1 of 3 differ\n {2}maxRows: here default, there 10/)
})

test('whoever may not see a part gets the rest compared, and a wrong name is told', async () => {
  const role = {
    title: 'Structure only',
    statements: [{ effect: 'allow', permissions: ['collections.read'], places: ['*'] }],
  }
  const made = await owner.ask('PUT', '/organisations/acme/roles/structure', role)
  assert.ok(made.status < 300, JSON.stringify(made.body))
  await joinOrganisation(server, owner, 'acme', 'eve@example.com', 'structure')
  await box.signIn('eve@example.com')
  const some = await parity()
  assert.match(some.of('accounts').notCompared!, /accounts\.read/)
  assert.equal(some.of('collections').differences.length, 1)
  const { code, stdout } = await box('doctor --parity lvie --json', { cwd: app.root })
  assert.equal(code, 1)
  assert.match(stdout, /"code": "[a-z-]+\/[a-z-]+"/)
})
