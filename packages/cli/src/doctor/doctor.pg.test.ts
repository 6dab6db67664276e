import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setUpOwner } from '@cloudbox/server/testing/management'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { appFolder } from '../testing/app-folder.ts'
import { cloudbox, type RunOptions } from '../testing/cloudbox.ts'
import type { Examined } from './examine.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'live' })
const app = appFolder({ after })
const box = cloudbox({ after }, server.url)
const { host, port, user, password = '', database } = server.connection
const databaseUrl = `postgres://${user}:${password}@localhost:${port}/${database}?host=${host}`

async function visit(line = '', options: RunOptions = {}) {
  const { code, stdout, stderr } = await box(`doctor --json ${line}`, { cwd: app.root, ...options })
  assert.ok(stdout !== '', stderr)
  const { checks } = JSON.parse(stdout) as { checks: Examined[] }
  return { code, of: (name: string) => checks.find(check => check.name === name)?.findings ?? [] }
}

test('a Postgres of one own is looked at by its address, and outside of apps by DATABASE_URL', async () => {
  const named = await visit(`--database-url ${databaseUrl}`)
  const [settings] = named.of('postgres-settings')
  assert.equal(settings!.state, 'ok', settings!.found)
  assert.match(settings!.found, /UTF8, sorted by builtin C\.UTF-8; wal_level logical, \d+ replication slots/)
  assert.equal(named.of('clock')[0]!.state, 'ok')
  const environment = { DATABASE_URL: databaseUrl }
  assert.deepEqual((await visit('', { environment })).of('postgres-settings'), [])
  const outside = await visit('', { environment, cwd: box.folder })
  assert.equal(outside.of('postgres-settings')[0]!.state, 'ok')
  const gone = await visit('--database-url postgres://a@127.0.0.1:9/b')
  assert.equal(gone.code, 1)
  assert.match(gone.of('postgres-settings')[0]!.found, /does not answer/)
})

test('keys are tried on their environment, those of "cloudbox dev" and those of variables', async () => {
  const { environmentUrl, publishableKey, secretKey } = server
  const dev = { environmentUrl, publishableKey, secretKey, pid: process.pid, project: 'test', port: 1 }
  app.write('.cloudbox/dev.json', JSON.stringify(dev))
  const environment = { CLOUDBOX_ENVIRONMENT_URL: environmentUrl, CLOUDBOX_SECRET_KEY: secretKey }
  const good = (await visit('', { environment })).of('keys')
  assert.deepEqual(
    good.map(({ state }) => state),
    ['ok', 'ok', 'ok'],
  )
  app.write('.cloudbox/dev.json', JSON.stringify({ ...dev, publishableKey: `cb_pub_${'0'.repeat(40)}` }))
  const ended = { ...environment, CLOUDBOX_SECRET_KEY: `cb_secret_${'0'.repeat(40)}` }
  const bad = await visit('', { environment: ended })
  assert.equal(bad.code, 1)
  assert.deepEqual(
    bad.of('keys').map(({ state }) => state),
    ['problem', 'ok', 'problem'],
  )
  assert.ok((await visit()).of('versions').some(({ found }) => found.startsWith('"cloudbox dev" ')))
  app.remove('.cloudbox/dev.json')
})

test('the linked server answers, its clock and version are compared once one is signed in', async () => {
  app.write('cloudbox/link.json', JSON.stringify({ url: server.url, project: 'shop' }))
  const stranger = (await visit()).of('linked-server')[0]!
  assert.equal(stranger.state, 'warning')
  assert.equal(stranger.mend, `cloudbox login ${server.url}`)
  await box.signIn()
  const known = await visit()
  assert.equal(known.of('linked-server')[0]!.state, 'ok', known.of('linked-server')[0]!.found)
  assert.deepEqual(
    known.of('clock').map(({ state }) => state),
    ['ok'],
  )
  assert.ok(known.of('versions').some(({ found }) => found.startsWith(server.url)))
  app.write('cloudbox/link.json', JSON.stringify({ url: server.url, project: 'shopp' }))
  const wrong = await visit()
  assert.equal(wrong.code, 1)
  assert.match(wrong.of('linked-server')[0]!.found, /no project shopp/)
})

test('the facts of a server hold versions and settings, and names of variables no values', async () => {
  await owner.ask('PUT', '/projects/shop/environments/live/secrets/TOKEN', { value: 'hidden' })
  await owner.ask('PUT', '/projects/shop/environments/live/variables/COLOUR', { value: 'teal' })
  const names = await owner.askIn('shop/live', 'GET', '/platform/variables')
  assert.deepEqual(names.body, {
    variables: [
      { name: 'COLOUR', isSecret: false },
      { name: 'TOKEN', isSecret: true },
    ],
  })
  const { body } = await server.request('GET', '/platform/server')
  const { postgres, ...rest } = body as { postgres: { major: number; settings: object } }
  assert.deepEqual(Object.keys(rest).sort(), ['at', 'databaseAt', 'node', 'version'])
  assert.equal(postgres.major, 18)
  assert.equal((postgres.settings as Record<string, string>)['TimeZone'], 'UTC')
  const refused = await server.request('GET', '/platform/server', {
    headers: { apikey: server.publishableKey },
  })
  assert.equal(refused.status, 403)
})
