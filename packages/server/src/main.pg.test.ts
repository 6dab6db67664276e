import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import pg from 'pg'
import { testDatabase } from './testing/test-database.ts'

const main = new URL('./main.ts', import.meta.url).pathname
const folder = await mkdtemp(join(tmpdir(), 'cloudbox-main-'))
after(() => rm(folder, { recursive: true, force: true }))

interface Started {
  readonly process: ChildProcess
  readonly ready: Record<
    'url' | 'environmentUrl' | 'publishableKey' | 'secretKey' | 'databaseUrl' | 'setUpUrl',
    string
  >
}

/** Runs the program as `npm start -- --json` does; what it says instead of being ready is thrown. */
async function run(
  t: TestContext,
  dataDir: string,
  { argv = [], env = {} }: { argv?: string[]; env?: Record<string, string> } = {},
): Promise<Started> {
  const args = [main, '--json', '--port', '0', '--data-dir', join(folder, dataDir), ...argv]
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'pipe' })
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) await stop(child)
  })
  let out = ''
  let complaint = ''
  child.stderr.on('data', text => (complaint += text))
  for await (const text of child.stdout) {
    out += text
    if (out.includes('\n')) return { process: child, ready: JSON.parse(out) }
  }
  throw new Error(complaint)
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
  const exited = once(child, 'exit')
  child.kill(signal)
  const [code] = await exited
  return code as number | null
}

/** Names of all collections. */
async function collections({ ready }: Started): Promise<string[]> {
  const response = await fetch(`${ready.environmentUrl}/v1/data/$collections`, {
    headers: { apikey: ready.secretKey },
  })
  assert.equal(response.status, 200)
  const body = (await response.json()) as { collections: { name: string }[] }
  return body.collections.map(({ name }) => name)
}

test('it says where everything is, stops on Ctrl-C and remembers its keys', async t => {
  const first = await run(t, 'one')
  assert.deepEqual(Object.keys(first.ready), [
    'event',
    'url',
    'environmentUrl',
    'publishableKey',
    'secretKey',
    'databaseUrl',
    'setUpUrl',
  ])
  assert.equal(first.ready.environmentUrl, `${first.ready.url}/demo/dev`)
  assert.deepEqual(await collections(first), ['users'])
  const client = new pg.Client({ connectionString: first.ready.databaseUrl })
  await client.connect()
  await client.end()
  assert.equal(await stop(first.process), 0)
  await assert.rejects(fetch(first.ready.url))

  const second = await run(t, 'one')
  assert.equal(second.ready.secretKey, first.ready.secretKey)
  assert.equal(second.ready.publishableKey, first.ready.publishableKey)
})

test('what a killed one left behind is taken over', async t => {
  const first = await run(t, 'one')
  const headers = { apikey: first.ready.secretKey, 'content-type': 'application/json' }
  const made = await fetch(`${first.ready.environmentUrl}/v1/data/$collections`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'kept', fields: { a: { type: 'text' } } }),
  })
  assert.equal(made.status, 201)
  await stop(first.process, 'SIGKILL')
  const second = await run(t, 'one')
  assert.deepEqual(await collections(second), ['kept', 'users'])
})

test('the demo belongs to the owner: what he takes away is not made again', async t => {
  const first = await run(t, 'owned')
  const { url, setUpUrl } = first.ready
  const ask = async (to: string, method: string, path: string, body?: unknown, token?: string) => {
    const response = await fetch(`${to}/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`)
    return response.status === 204 ? undefined : ((await response.json()) as Record<string, never>)
  }
  const account = { email: 'ada@example.com', password: 'correct horse battery staple' }
  const token = new URL(setUpUrl).hash.slice(1)
  await ask(url, 'POST', '/platform/set-up', { ...account, token, organisation: 'acme' })
  const signIn = async (to: string) => {
    const { accounts } = (await ask(to, 'GET', '/platform')) as never as { accounts: Record<string, string> }
    const response = await fetch(`${to}${accounts.path}/v1/auth/sign-in`, {
      method: 'POST',
      headers: { apikey: accounts.publishableKey!, 'content-type': 'application/json' },
      body: JSON.stringify(account),
    })
    return ((await response.json()) as { accessToken: string }).accessToken
  }
  const owner = await signIn(url)
  assert.deepEqual(await collections(first), ['users'], 'the demo goes on')
  const keys = '/platform/projects/demo/environments/dev/keys'
  const listed = (await ask(url, 'GET', keys, undefined, owner)) as never as {
    keys: { id: string; kind: string }[]
  }
  const { id } = listed.keys.find(({ kind }) => kind === 'secret')!
  await ask(url, 'DELETE', `${keys}/${id}`, undefined, owner)
  await stop(first.process)

  const second = await run(t, 'owned')
  const known = ['event', 'url', 'environmentUrl', 'publishableKey', 'databaseUrl']
  assert.deepEqual(Object.keys(second.ready), known, 'a key he revoked is neither told nor replaced')
  const again = await signIn(second.ready.url)
  await ask(second.ready.url, 'DELETE', '/platform/projects/demo?confirm=demo', undefined, again)
  await stop(second.process)

  const third = await run(t, 'owned')
  assert.deepEqual(Object.keys(third.ready), ['event', 'url', 'databaseUrl'])
  const { organisations } = (await ask(
    third.ready.url,
    'GET',
    '/platform/me',
    undefined,
    await signIn(third.ready.url),
  )) as never as { organisations: { name: string }[] }
  assert.deepEqual(
    organisations.map(({ name }) => name),
    ['acme'],
  )
  assert.equal((await fetch(`${third.ready.url}/demo/dev/v1/data/$collections`)).status, 404)
})

test('settings name the owner of a new installation', async t => {
  const owner = ['--owner-email', 'ada@example.com', '--owner-password', 'correct horse battery staple']
  const first = await run(t, 'automatic', { argv: owner })
  assert.equal(first.ready.setUpUrl, undefined)
  const { isSetUp } = (await (await fetch(`${first.ready.url}/v1/platform`)).json()) as { isSetUp: boolean }
  assert.ok(isSetUp)
  await stop(first.process)
  const second = await run(t, 'automatic', { argv: owner })
  assert.deepEqual(second.ready.secretKey, first.ready.secretKey)
})

test('the same data directory twice is refused, another one runs beside it', async t => {
  const first = await run(t, 'one')
  await assert.rejects(run(t, 'one'), new RegExp(`in use by another instance.*${first.ready.url}`))
  const beside = await run(t, 'two')
  assert.notEqual(beside.ready.databaseUrl, first.ready.databaseUrl)
  assert.deepEqual(await collections(beside), ['users'])
})

test('every wrong option is named', async t => {
  await assert.rejects(
    run(t, 'one', { argv: ['--nope', '--log-level', 'loud'] }),
    /--nope: there is no such option[^]*--log-level: "loud"/,
  )
})

test('it runs on a Postgres of DATABASE_URL, which it leaves running', async t => {
  const { connection, db } = await testDatabase(t)
  const { user, password = '', host, port, database } = connection
  const url = `postgres://${user}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
  const started = await run(t, 'external', { env: { DATABASE_URL: url } })
  assert.equal(started.ready.databaseUrl, url)
  assert.deepEqual(await collections(started), ['users'])
  assert.equal(await stop(started.process), 0)
  assert.equal(db.version >= 15, true)
  await assert.rejects(
    run(t, 'external', { env: { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' } }),
    /does not answer.*\n.*DATABASE_URL/,
  )
})
