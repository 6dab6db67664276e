import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { appFolder } from '../testing/app-folder.ts'
import { cloudbox } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const box = cloudbox({ after }, server.url)
const environment = {
  CLOUDBOX_ENVIRONMENT_URL: server.environmentUrl,
  CLOUDBOX_SECRET_KEY: server.secretKey,
}
const run = (line: string) => box(line, { environment })
const titles = async () =>
  ((await server.request('GET', '/data/todos?order=title')).body as { title: string }[]).map(
    ({ title }) => title,
  )
const add = (title: string) => server.request('POST', '/data/todos', { body: { title } })

test('a snapshot is saved, listed, restored once the environment was named, and removed', async () => {
  await server.request('POST', '/data/$collections', {
    body: { name: 'todos', fields: { title: { type: 'text' } } },
  })
  await add('a')
  const saved = await run('snapshot save first')
  assert.equal(saved.code, 0, saved.stderr)
  assert.match(saved.stdout, /Saved test\/dev as first \(\d+(\.\d)? [kM]B\)/)
  await add('b')

  const unnamed = await run('snapshot restore first')
  assert.notEqual(unnamed.code, 0)
  assert.match(unnamed.stderr, /--yes test\/dev/)
  const dry = await run('snapshot restore first --dry-run --json')
  assert.equal(dry.json()['dryRun'], true)
  assert.deepEqual(await titles(), ['a', 'b'])

  const restored = await run('snapshot restore first --yes test/dev --json')
  assert.equal(restored.code, 0, restored.stderr)
  assert.equal(restored.json<{ before: { name: string } }>().before.name, 'before-restore')
  assert.deepEqual(await titles(), ['a'])

  const listed = await run('snapshot list')
  assert.match(listed.stdout, /before-restore[^]*first/)
  const missing = await run('snapshot restore frist --yes test/dev')
  assert.notEqual(missing.code, 0)
  assert.match(missing.stderr, /Did you mean first/)
  assert.equal((await run('snapshot remove first --yes first')).code, 0)
  const { snapshots } = (await run('snapshot list --json')).json<{ snapshots: { name: string }[] }>()
  assert.deepEqual(
    snapshots.map(({ name }) => name),
    ['before-restore'],
  )
})

test('the environment that runs on this machine needs not be named', async () => {
  const app = appFolder({ after })
  mkdirSync(app.state, { recursive: true })
  const local = {
    environmentUrl: server.environmentUrl,
    publishableKey: server.publishableKey,
    secretKey: server.secretKey,
    pid: process.pid,
  }
  writeFileSync(join(app.state, 'dev.json'), JSON.stringify(local))
  const here = (line: string) => box(line, { cwd: app.root })
  assert.equal((await here('snapshot save local')).code, 0)
  await add('c')
  const { code, stderr } = await here('snapshot restore local')
  assert.equal(code, 0, stderr)
  assert.ok(!(await titles()).includes('c'))
})
