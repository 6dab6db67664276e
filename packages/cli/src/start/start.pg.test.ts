import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { password } from '@cloudbox/server/testing/management'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cloudbox-start-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Ready {
  readonly url: string
  readonly databaseUrl: string
  readonly setUpUrl?: string
  readonly workers?: readonly number[]
  readonly notices: readonly { readonly code: string; readonly detail: string }[]
}

interface Started {
  readonly child: ChildProcess
  readonly ready: Ready
  readonly ended: Promise<number | null>
}

/** Runs `cloudbox start --json`; what it says instead of being ready is thrown. */
async function start(t: TestContext, dataDir: string, ...args: string[]): Promise<Started> {
  const argv = [main, 'start', '--json', '--port=0', `--data-dir=${join(folder, dataDir)}`, ...args]
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  })
  let complaint = ''
  child.stderr.on('data', text => (complaint += String(text)))
  let told = ''
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"event":"ready"')) return { child, ready: JSON.parse(line) as Ready, ended }
    told += line
  }
  throw new Error(told + complaint)
}

/** Makes the owner by the link, and of him a project with an environment; answers with its secret key. */
async function setUp({ url, setUpUrl }: Ready): Promise<{ base: string; secretKey: string }> {
  const ask = async <T>(path: string, body: unknown, token?: string) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`)
    return (answer.status === 204 ? undefined : await answer.json()) as T
  }
  const email = 'owner@example.com'
  const token = new URL(setUpUrl!).hash.slice(1)
  await ask('/v1/platform/set-up', { email, password, token, organisation: 'acme' })
  const { accounts } = (await (await fetch(`${url}/v1/platform`)).json()) as {
    accounts: { path: string; publishableKey: string }
  }
  const signedIn = await fetch(`${url}${accounts.path}/v1/auth/sign-in`, {
    method: 'POST',
    headers: { apikey: accounts.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  const { accessToken } = (await signedIn.json()) as { accessToken: string }
  await ask('/v1/platform/organisations/acme/projects', { name: 'shop' }, accessToken)
  await ask('/v1/platform/projects/shop/environments', { name: 'production' }, accessToken)
  const { key } = await ask<{ key: string }>(
    '/v1/platform/projects/shop/environments/production/keys',
    { name: 'test', kind: 'secret' },
    accessToken,
  )
  return { base: `${url}/shop/production`, secretKey: key }
}

test('it is for production: nothing of a demo, what is missing is told, and SIGTERM lets requests end', async t => {
  const readyFile = join(folder, 'ready.json')
  const { child, ready, ended } = await start(t, 'whole', `--ready-file=${readyFile}`)
  assert.deepEqual(Object.keys(ready), ['event', 'url', 'databaseUrl', 'setUpUrl', 'notices'])
  const codes = ready.notices.map(({ code }) => code).filter(code => code !== 'server/root')
  assert.deepEqual(codes, ['server/local-only', 'platform/no-mail'])
  const { notices: _notices, ...rest } = ready
  assert.deepEqual(JSON.parse(readFileSync(readyFile, 'utf8')), rest)
  if (process.platform !== 'win32') assert.equal(statSync(readyFile).mode & 0o777, 0o600)
  assert.equal((await fetch(`${ready.url}/demo/dev/v1/data/$collections`)).status, 404)

  const { base, secretKey } = await setUp(ready)
  const send = (path: string, body: unknown) =>
    fetch(`${base}/v1${path}`, {
      method: 'POST',
      headers: { apikey: secretKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const fields = { title: { type: 'text' } }
  assert.equal((await send('/data/$collections', { name: 'todos', fields })).status, 201)
  assert.equal((await fetch(`${base}/v1/auth/mailbox`)).status, 404)

  const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/realtime?apikey=${secretKey}`)
  const frames: string[] = []
  socket.addEventListener('message', ({ data }) => frames.push(String(data)))
  await once(socket, 'open')
  const closed = once(socket, 'close')

  const db = new pg.Client({ connectionString: ready.databaseUrl })
  await db.connect()
  const { rows } = await db.query<{ place: string }>(
    `select format('%I.%I', schemaname, tablename) as place from pg_tables where tablename = 'todos'`,
  )
  await db.query('begin')
  await db.query(`lock table ${rows[0]!.place} in exclusive mode`)
  const slow = send('/data/todos', { title: 'Milk' })
  while (!(await isWaiting(db))) await delay(10)

  child.kill('SIGTERM')
  await closed
  assert.match(frames.join(), /realtime\/stopping/)
  while (
    await fetch(`${ready.url}/health`).then(
      () => true,
      () => false,
    )
  )
    await delay(10)
  await db.query('commit')
  const answer = await slow
  assert.equal(answer.status, 201)
  assert.equal(((await answer.json()) as { title: string }).title, 'Milk')
  await db.end().catch(() => {})
  assert.equal(await ended, 0)

  const again = await start(
    t,
    'whole',
    '--platform-smtp-url=smtp://mail.example.com',
    '--platform-mail-from=a@example.com',
  )
  assert.equal(again.ready.setUpUrl, undefined)
  assert.match(JSON.stringify(again.ready.notices), /users of shop\/production/)
})

async function isWaiting(db: pg.Client): Promise<boolean> {
  const { rows } = await db.query(`select from pg_locks where not granted and relation is not null`)
  return rows.length > 0
}

test('parts of it are started alone, whatever of it serves; the others say what they lack', async t => {
  const { child, ready, ended } = await start(t, 'whole', '--only=data', '--workers=2')
  assert.equal(ready.workers?.length, 2)
  for (const [path, hint] of [
    ['/shop/production/v1/schema', 'Add schema to --only'],
    ['/shop/production/v1/docs', 'Add reference to --only'],
    ['/shop/production/v1/realtime/events', 'Add realtime to --only'],
  ]) {
    const answer = await fetch(`${ready.url}${path}`)
    const body = (await answer.json()) as { code: string; hint: string }
    assert.deepEqual([answer.status, body.code], [404, 'http/module-not-started'], path)
    assert.ok(body.hint.startsWith(hint!), body.hint)
  }
  assert.equal((await fetch(`${ready.url}/shop/production/v1/data/todos`)).status, 401)
  child.kill('SIGTERM')
  assert.equal(await ended, 0)
})

test('what is wrong is said before anything is started', async t => {
  await assert.rejects(
    start(t, 'other', '--only=dta,realtime'),
    /no module \\"dta\\" \(did you mean data\?\)/,
  )
  await assert.rejects(start(t, 'other', '--prot=1'), /Did you mean --port\?/)
  if (process.platform === 'win32') return
  chmodSync(join(folder, 'whole', 'master.key'), 0o644)
  await assert.rejects(start(t, 'whole'), /server\/data-folder-open[^]*chmod 600/)
})
