import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { until } from '../../testing/until.ts'
import { playFrames } from './testing/play-frames.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { installedDatabase } from '../../testing/start-test-server.ts'

interface Ready {
  readonly url: string
  readonly environmentUrl: string
  readonly secretKey: string
  readonly publishableKey: string
  readonly workers: number[]
}

interface Item {
  readonly id: string
  readonly n: number
}

const main = new URL('../../main.ts', import.meta.url).pathname
const folder = await mkdtemp(join(tmpdir(), 'cloudbox-workers-'))
const running = new Set<ChildProcess>()
const database = await installedDatabase({
  // The database goes after those who use it: a server that lost it would keep this file from ever ending.
  after: work =>
    after(async () => {
      for (const process of running) await end(process, 'SIGINT')
      await work()
      await rm(folder, { recursive: true, force: true })
    }),
})

async function start(port = '0'): Promise<{ first: ChildProcess; ready: Ready }> {
  const args = [
    main,
    '--json',
    '--port',
    port,
    '--workers',
    '2',
    '--data-dir',
    folder,
    '--log-level',
    'error',
  ]
  const first = spawn(process.execPath, args, {
    env: { ...process.env, ...database },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(first)
  for await (const text of first.stdout) return { first, ready: JSON.parse(String(text)) as Ready }
  throw new Error('the server ended before it was ready')
}

async function end(first: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(first, 'exit')
  first.kill(signal)
  const [code] = (await exited) as [number | null]
  running.delete(first)
  return code
}

let { first, ready } = await start()

/** A request on a connection of its own, so that the system chooses a worker for it. */
async function request(
  method: string,
  path: string,
  body?: unknown,
  key = ready.secretKey,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${ready.environmentUrl}/v1${path}`, {
    method,
    headers: { apikey: key, connection: 'close', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** A live list of all items, that resumes where it was when its connection ends. */
class LiveItems {
  readonly rows = new Map<string, number>()
  readonly resets: string[] = []
  #client!: SocketClient
  #read = 0
  #group: number | undefined
  #cursor: { epoch: string; lsn: string } | undefined
  goodbye: string | undefined

  async open(): Promise<this> {
    this.#client = new SocketClient(ready.environmentUrl, ready.secretKey)
    this.#read = 0
    await this.#client.greet()
    const { epoch } = await this.#client.frame('welcome')
    const since = this.#cursor
    this.#client.send({
      t: 'sub',
      id: 1,
      coll: 'items',
      ...(since === undefined ? {} : { since }),
    })
    await this.#client.until(() => {
      this.take(epoch)
      return this.#client.frames.some(({ t }) => t === 'live')
    }, 'the list is live')
    return this
  }

  get closed(): boolean {
    return this.#client.closed !== undefined
  }

  take(epoch = this.#cursor?.epoch ?? ''): void {
    for (const frame of this.#client.frames.slice(this.#read)) {
      this.#read++
      if (frame.t === 'snap') for (const row of frame.rows as unknown as Item[]) this.rows.set(row.id, row.n)
      if (frame.t === 'reset') {
        this.rows.clear()
        this.resets.push(frame.why)
      }
      if (frame.t === 'live') {
        this.#group = frame.g
        this.#cursor = { epoch, lsn: frame.lsn }
      }
      if (frame.t === 'bye') this.goodbye = frame.code
      if (frame.t !== 'tx') continue
      this.#cursor = { epoch, lsn: frame.lsn }
      for (const change of frame.c) {
        const [op, group, key] = change
        if (group !== this.#group) continue
        if (op === '-') this.rows.delete(key)
        else this.rows.set(key, (change[3] as unknown as Item).n)
      }
    }
  }

  async shows(expected: ReadonlyMap<string, number>, what: string): Promise<void> {
    const sorted = (rows: ReadonlyMap<string, number>) =>
      JSON.stringify([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
    await until(() => {
      this.take()
      return sorted(this.rows) === sorted(expected)
    }, what)
  }

  close(): void {
    this.#client.close()
  }
}

async function stored(): Promise<Map<string, number>> {
  // What waited for a worker that was killed is lost, as with any server.
  const ask = () => request('GET', '/data/items?limit=1000')
  const { body } = await ask().catch(ask)
  return new Map((body as { data?: Item[] } & Item[]).map(({ id, n }) => [id, n]))
}

async function make(n: number): Promise<void> {
  const { status, body } = await request('POST', '/data/items', { n })
  assert.equal(status, 201, JSON.stringify(body))
}

/** Several, so that both workers have some. */
async function openSome(count = 6): Promise<LiveItems[]> {
  return Promise.all(Array.from({ length: count }, () => new LiveItems().open()))
}

test('what is written through one worker is heard through all', async () => {
  const made = await request('POST', '/data/$collections', {
    name: 'items',
    fields: { n: { type: 'integer', required: true } },
  })
  assert.equal(made.status, 201)
  assert.equal(ready.workers.length, 2)
  const lists = await openSome()
  for (let n = 0; n < 20; n++) await make(n)
  const expected = await stored()
  assert.equal(expected.size, 20)
  for (const list of lists) {
    await list.shows(expected, 'every list has every item')
    list.close()
  }
})

test('R19 what a policy looks up is followed by all workers', async () => {
  const policies = { list: 'db.gates.exists(g, g.kind == doc.kind)' }
  const fields = { kind: { type: 'text' } }
  for (const body of [
    { name: 'gates', fields },
    { name: 'guarded', fields, policies },
  ])
    assert.equal((await request('POST', '/data/$collections', body)).status, 201)
  const clients = await Promise.all(
    Array.from({ length: 6 }, () => new SocketClient(ready.environmentUrl, ready.publishableKey).greet()),
  )
  for (const client of clients) {
    client.send({ t: 'sub', id: 1, coll: 'guarded' })
    client.send({ t: 'sub', id: 2, coll: 'guarded', q: 'order=kind&limit=3' })
  }
  const hold = (...kinds: string[]) =>
    Promise.all(
      clients.flatMap(client =>
        [1, 2].map(s =>
          until(() => {
            const rows = [...(playFrames(client.frames).get(s)?.values() ?? [])]
            return (
              rows
                .map(({ kind }) => kind)
                .sort()
                .join() === kinds.join()
            )
          }, `all see ${kinds.join()}`),
        ),
      ),
    )
  await Promise.all(clients.map(client => client.frame('live', ({ s }) => s === 2)))
  for (const kind of ['a', 'b']) await request('POST', '/data/guarded', { kind })
  await request('POST', '/data/gates', { kind: 'a' })
  await hold('a')
  await request('POST', '/data/gates', { kind: 'b' })
  await hold('a', 'b')
  await request('DELETE', '/data/gates?kind=eq.a')
  await request('POST', '/data/guarded', { kind: 'a' })
  await request('POST', '/data/guarded', { kind: 'b' })
  await hold('b', 'b')
  clients.forEach(client => client.close())
})

test('the operator sees the connections of all workers, and why each was told what', async () => {
  const lists = await openSome()
  type Page = { connections: { id: string; subscriptions: { id: number }[] }[] }
  const page = async () => (await request('GET', '/realtime/inspect')).body as Page
  await until(async () => {
    const { connections } = await page()
    return connections.filter(({ subscriptions }) => subscriptions.length > 0).length === lists.length
  }, 'all are seen, whichever worker is asked')
  const { connections } = await page()
  assert.equal(new Set(connections.map(({ id }) => id)).size, connections.length, 'ids are unique')
  for (const { id } of connections) {
    const { status, body } = await request('GET', `/realtime/inspect/${id}/1`)
    assert.equal(status, 200, JSON.stringify(body))
    assert.ok(Array.isArray((body as { decisions: unknown[] }).decisions))
  }
  for (const list of lists) list.close()
})

test('a policy that was changed holds in every worker as soon as the change is answered', async () => {
  const seen = () =>
    Promise.all(
      Array.from({ length: 8 }, () => request('GET', '/data/items?limit=1', undefined, ready.publishableKey)),
    )
  for (let round = 0; round < 5; round++) {
    for (const [policy, status] of [
      ['public("test")', 200],
      [null, 403],
    ] as const) {
      const changed = await request('PATCH', '/data/$collections/items', { policies: { list: policy } })
      assert.equal(changed.status, 200, JSON.stringify(changed.body))
      assert.deepEqual(
        (await seen()).map(answer => answer.status),
        Array.from({ length: 8 }, () => status),
      )
    }
  }
})

test('a worker that is killed is replaced, and its clients go on elsewhere without a loss', async () => {
  const lists = await openSome(8)
  let isWriting = true
  const writing = (async () => {
    for (let n = 100; isWriting; n++) await make(n).catch(() => {})
  })()
  try {
    await until(
      () => lists.every(list => (list.take(), list.rows.size > 20)),
      'items come while it is killed',
    )
    process.kill(ready.workers[0]!, 'SIGKILL')
    // Which worker has whom is the system's choice; that all have gone the same way is not likely.
    await until(() => lists.some(list => list.closed), 'connections have ended')
    await until(async () => {
      // One may still be given to the worker that ends: it tries again.
      for (const list of lists) if (list.closed) await list.open().catch(() => {})
      return lists.every(list => !list.closed)
    }, 'everybody is connected again')
  } finally {
    isWriting = false
    await writing
  }
  const expected = await stored()
  for (const list of lists) {
    await list.shows(expected, 'every list has every item')
    assert.deepEqual(list.resets, [])
    list.close()
  }
})

test('a stop says goodbye, and clients resume after the next start without a loss', async () => {
  const lists = await openSome(4)
  await make(1000)
  const url = new URL(ready.url)
  assert.equal(await end(first, 'SIGTERM'), 0)
  await until(() => lists.every(list => list.closed), 'all connections are closed')
  for (const list of lists) {
    list.take()
    assert.equal(list.goodbye, 'realtime/stopping')
  }
  ;({ first, ready } = await start(url.port))
  await make(1001)
  const expected = await stored()
  for (const list of lists) {
    await list.open()
    await list.shows(expected, 'every list has every item')
    assert.deepEqual(list.resets, [])
    list.close()
  }
})

test('when the first process is killed the workers end, and the next start takes over', async () => {
  const { workers } = ready
  await end(first, 'SIGKILL')
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  await until(() => !workers.some(isAlive), 'the workers have ended')
  ;({ first, ready } = await start(new URL(ready.url).port))
  assert.ok((await stored()).size > 20)
})
