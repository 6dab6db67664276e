import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { findFreePort } from '../kernel/postgres/port.ts'
import { installedDatabase } from '../testing/start-test-server.ts'
import { startAcmeServer, type AcmeServer } from './testing/acme-server.ts'
import { pairBy, testCa } from './testing/certificates.ts'

const main = new URL('../main.ts', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'cloudbox-tls-'))
after(() => rmSync(folder, { recursive: true, force: true }))
/** One for each data directory. */
const databases = new Map<string, ReturnType<typeof installedDatabase>>()

function databaseOf(dataDir: string): ReturnType<typeof installedDatabase> {
  const database = databases.get(dataDir) ?? installedDatabase({ after })
  databases.set(dataDir, database)
  return database
}

interface Running {
  readonly child: ChildProcess
  readonly port: number
  readonly httpPort: number
  readonly ready: Readonly<Record<'publishableKey' | 'url' | 'publicUrl' | 'environmentUrl', string>>
  log(): string
  stop(): Promise<number | null>
}

async function start(t: TestContext, dataDir: string, httpPort: number, ...args: string[]): Promise<Running> {
  const base = ['--json', '--port=0', '--host=127.0.0.1', `--http-port=${httpPort}`, '--log-level=info']
  const argv = [main, ...base, `--data-dir=${join(folder, dataDir)}`, ...args]
  const env = { ...process.env, ...(await databaseOf(dataDir)) }
  const child = spawn(process.execPath, argv, { env, stdio: 'pipe' })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const stop = () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    return ended
  }
  t.after(stop)
  let complaint = ''
  child.stderr.on('data', piece => (complaint += piece))
  let out = ''
  for await (const piece of child.stdout) {
    out += piece
    if (!out.includes('\n')) continue
    const ready = JSON.parse(out)
    return {
      child,
      ready,
      port: Number(new URL(ready.url).port),
      httpPort: ready.httpPort,
      log: () => complaint,
      stop,
    }
  }
  throw new Error(complaint)
}

interface Asked {
  readonly port: number
  readonly ca: string
  readonly path?: string
  readonly name?: string
}

/** Asks over TLS, as whoever trusts that CA. */
async function ask({ port, ca, path = '/health', name = 'box.example.com' }: Asked) {
  const asking = request({ host: '127.0.0.1', port, path, servername: name, ca, agent: false })
  asking.end()
  const [response] = (await once(asking, 'response')) as [import('node:http').IncomingMessage]
  const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate()
  return { status: response.statusCode, headers: response.headers, serialNumber, body: await text(response) }
}

async function askPlainly(port: number, path: string, host = 'box.example.com', method = 'GET') {
  const asking = get({ host: '127.0.0.1', port, path, method, headers: { host }, agent: false })
  const [response] = (await once(asking, 'response')) as [import('node:http').IncomingMessage]
  return { status: response.statusCode, location: response.headers.location, body: await text(response) }
}

async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await check())) await delay(20)
}

const acmeFlags = ({ directoryUrl }: AcmeServer) => [
  '--domain=box.example.com',
  `--acme-directory=${directoryUrl}`,
  '--acme-email=owner@example.com',
]

test('a name gets its certificate, which is replaced in time while what is open goes on', async t => {
  const acme = await startAcmeServer(t)
  acme.httpPort = await findFreePort(20_000)
  // A minute of it is over when it is made; it is to be replaced after half of what is left.
  acme.lifeMs = 60_000 + 30_000
  acme.badNonces = 1
  const { ca } = acme
  const server = await start(t, 'acme', acme.httpPort, ...acmeFlags(acme), '--workers=2')
  assert.equal(server.ready.publicUrl, 'https://box.example.com')
  assert.deepEqual([acme.orders, acme.accounts], [['box.example.com'], [['mailto:owner@example.com']]])
  const { port } = server
  const first = await ask({ port, ca: ca.cert })
  assert.equal(first.status, 200)
  assert.equal(first.headers['strict-transport-security'], 'max-age=31536000')
  await assert.rejects(ask({ port, ca: testCa().cert }), /unable to|self-signed|signature/)

  const { host, dir } = { host: new URL(acme.directoryUrl).host, dir: join(folder, 'acme', 'tls') }
  const kept = join(dir, `${host}_directory`.replace(':', '_'), 'box.example.com', 'certificate.pem')
  if (process.platform !== 'win32') {
    assert.equal(statSync(kept).mode & 0o777, 0o600)
    assert.equal(statSync(dir).mode & 0o777, 0o700)
  }

  const socket = new WebSocket(
    `wss://127.0.0.1:${port}/demo/dev/v1/realtime?apikey=${server.ready.publishableKey}`,
    { agent: new Agent({ ca: ca.cert, servername: 'box.example.com' }) },
  )
  await once(socket, 'open')
  const idle = connect({ host: '127.0.0.1', port, servername: 'box.example.com', ca: ca.cert })
  await once(idle, 'secureConnect')

  acme.lifeMs = 90 * 86_400_000
  await until(async () => (await ask({ port, ca: ca.cert })).serialNumber !== first.serialNumber)
  // A machine with much else to do may have needed one in between.
  await until(() => acme.orders.length > 1)
  assert.equal(socket.readyState, WebSocket.OPEN)
  assert.equal(acme.accounts.length, 1)
  idle.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
  assert.match(String((await once(idle, 'data'))[0]), /^HTTP\/1\.1 200/)

  // One that says nothing keeps nobody from ending.
  const silent = connect({ host: '127.0.0.1', port, servername: 'box.example.com', ca: ca.cert })
  await once(silent, 'secureConnect')
  silent.on('error', () => {})
  const closed = once(socket, 'close')
  assert.equal(await server.stop(), 0)
  await closed

  const orders = acme.orders.length
  const again = await start(t, 'acme', acme.httpPort, ...acmeFlags(acme))
  assert.equal((await ask({ port: again.port, ca: ca.cert })).status, 200)
  assert.equal(acme.orders.length, orders, 'what is kept is not asked for')
  assert.match(readFileSync(kept, 'utf8'), /^-----BEGIN PRIVATE KEY-----[^]*-----BEGIN CERTIFICATE-----/)
})

test('plain HTTP leads to HTTPS, takes no secrets, and answers who watches the machine', async t => {
  const acme = await startAcmeServer(t)
  acme.httpPort = await findFreePort(21_000)
  const { httpPort, port } = await start(t, 'plain', acme.httpPort, ...acmeFlags(acme))
  assert.equal(httpPort, acme.httpPort)
  assert.deepEqual(await askPlainly(httpPort, '/demo/dev/v1/docs?a=1'), {
    status: 308,
    location: `https://box.example.com:${port}/demo/dev/v1/docs?a=1`,
    body: '',
  })
  const posted = await askPlainly(httpPort, '/demo/dev/v1/data/todos', 'box.example.com', 'POST')
  assert.deepEqual([posted.status, JSON.parse(posted.body).code], [403, 'http/tls-needed'])
  assert.equal((await askPlainly(httpPort, '/', 'elsewhere.example.com')).status, 404)
  assert.equal((await askPlainly(httpPort, '/.well-known/acme-challenge/none')).status, 404)
  assert.deepEqual(await askPlainly(httpPort, '/ready', '10.0.0.1'), {
    status: 200,
    location: undefined,
    body: '{"status":"ready"}',
  })
})

test('a name that cannot be proven is told with the reason; the server runs, and does not ask again at once', async t => {
  const acme = await startAcmeServer(t)
  acme.httpPort = 9
  const port = await findFreePort(22_000)
  const server = await start(t, 'unproven', port, ...acmeFlags(acme))
  const answer = await askPlainly(server.httpPort, '/')
  assert.equal(answer.status, 503)
  assert.match(
    JSON.parse(answer.body).detail,
    /no certificate yet\. The CA does not find box\.example\.com .*ECONNREFUSED/,
  )
  assert.equal((await askPlainly(server.httpPort, '/ready')).status, 200)
  await assert.rejects(ask({ port: server.port, ca: acme.ca.cert }))
  assert.match(server.log(), /tls\.certificate-failed[^]*ECONNREFUSED[^]*nextAttempt/)
  await server.stop()

  // Who mends it and starts anew need not wait, as long as he does not do so all the time.
  for (const orders of [2, 3, 3]) {
    const next = await start(t, 'unproven', port, ...acmeFlags(acme))
    assert.equal(acme.orders.length, orders)
    await next.stop()
  }
})

test('a CA that asks for a pause gets it, over restarts', async t => {
  const acme = await startAcmeServer(t)
  acme.httpPort = await findFreePort(23_000)
  acme.retryAfter = 3600
  const server = await start(t, 'limited', acme.httpPort, ...acmeFlags(acme))
  assert.match(server.log(), /Too many orders/)
  await server.stop()
  acme.retryAfter = undefined
  const again = await start(t, 'limited', acme.httpPort, ...acmeFlags(acme))
  assert.deepEqual(acme.orders, [])
  assert.match((await askPlainly(again.httpPort, '/')).body, /asked for several times/)
})

test('a certificate of your own is shown, and the new one when it has been replaced', async t => {
  const ca = testCa()
  const files = { cert: join(folder, 'own.pem'), key: join(folder, 'own.key') }
  const flags = [`--tls-cert=${files.cert}`, `--tls-key=${files.key}`]
  const put = (pair: { cert: string; key: string }) => {
    writeFileSync(files.key, pair.key)
    writeFileSync(files.cert, pair.cert)
  }
  await assert.rejects(start(t, 'own', -1, ...flags), /--tls-cert: .*own\.pem cannot be read \(ENOENT\)/)
  put({ cert: pairBy(ca, 'box.example.com').cert, key: pairBy(ca, 'box.example.com').key })
  await assert.rejects(start(t, 'own', -1, ...flags), /is not that of the certificate/)
  put(pairBy(ca, 'box.example.com'))
  const { port } = await start(t, 'own', -1, ...flags)
  const first = await ask({ port, ca: ca.cert })
  assert.equal(first.status, 200)
  writeFileSync(files.key, pairBy(ca, 'box.example.com').key)
  put(pairBy(ca, 'box.example.com'))
  await until(async () => (await ask({ port, ca: ca.cert })).serialNumber !== first.serialNumber)
})
