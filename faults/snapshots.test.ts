import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase } from '@cloudbox/server/kernel/db'
import { readConnectionUrl } from '@cloudbox/server/kernel/postgres/connection-url'
import { sql } from '@cloudbox/server/kernel/sql'
import { silentLog } from '@cloudbox/server/testing/test-cluster'
import { faultTest, rounds } from './testing/fault-test.ts'
import { bugsOf, startServerProcess, type ServerProcess } from './testing/server-process.ts'

const kills = 8 * rounds
/** What it is killed in the middle of, in turn. */
const doings = ['save', 'restore', 'share', 'load'] as const
const rows = 3000

faultTest(
  'the server killed while it saves, restores, shares and loads: a snapshot is whole or gone, an environment as before or as it was',
  async (t, random) => {
    const server = await startServerProcess(t)
    const ask = async (method: string, path: string, body?: unknown) => {
      const answer = await server.request(method, path, body)
      assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
      return answer.body as Record<string, unknown>
    }
    const counted = async () =>
      (await ask('GET', '/data/things?select=count()')) as unknown as [{ count: number }]
    await ask('POST', '/data/$collections', { name: 'things', fields: { n: { type: 'integer' } } })
    for (let n = 0; n < rows; n += 500)
      await ask(
        'POST',
        '/data/things',
        Array.from({ length: 500 }, (_, i) => ({ n: n + i })),
      )
    await ask('POST', '/platform/snapshots', { name: 'base' })
    await ask('POST', '/data/things', [{ n: -1 }])
    const file = await fileOf(server, 'base')
    const outcomes = { save: 0, restore: 0, share: 0, load: 0 }
    for (let kill = 0; kill < kills; kill++) {
      const name = `s${kill}`
      const doing = doings[kill % doings.length]!
      const isSave = doing === 'save' || doing === 'load'
      const asked = {
        save: () => ask('POST', '/platform/snapshots', { name }),
        restore: () => ask('POST', '/platform/snapshots/base/restore', { confirm: 'dev' }),
        share: () => fileOf(server, 'base'),
        load: () => load(ask, file, name),
      }[doing]()
      const done = asked.then(
        () => true,
        () => false,
      )
      await delay(random.integer(20, 900))
      await server.kill()
      const isDone = await done
      await server.start()

      const { snapshots } = await ask('GET', '/platform/snapshots')
      const names = (snapshots as { name: string }[]).map(one => one.name)
      const count = Number((await counted())[0].count)
      if (doing === 'share') {
        assert.equal(count, rows + 1)
        if (isDone) outcomes.share++
      } else if (isSave) {
        assert.equal(count, rows + 1)
        if (isDone) assert.ok(names.includes(name))
        if (names.includes(name)) {
          outcomes[doing]++
          await ask('POST', `/platform/snapshots/${name}/restore`, { confirm: 'dev' })
          assert.equal(Number((await counted())[0].count), doing === 'load' ? rows : rows + 1)
          if (doing === 'load') await ask('POST', '/data/things', [{ n: -1 }])
          await ask('DELETE', `/platform/snapshots/${name}`)
        }
      } else {
        assert.ok(isDone ? count === rows : [rows, rows + 1].includes(count), `${count} rows`)
        if (count === rows) {
          outcomes.restore++
          await ask('POST', '/data/things', [{ n: -1 }])
        }
      }
      await ask('GET', '/auth/settings')
      const db = await openDatabase(readConnectionUrl(server.databaseUrl), {
        log: silentLog,
        poolSize: 1,
        statementTimeoutMs: 60_000,
      })
      try {
        const strays = await db.query(sql`
          select nspname from pg_namespace where starts_with(nspname, 'snapshot_')
            and nspname not in (select schema_name from cloudbox.platform_snapshots where state = 'ready')`)
        assert.deepEqual(strays, [])
      } finally {
        await db.close()
      }
    }
    assert.deepEqual(bugsOf(server), [])
    t.diagnostic(`${kills} kills, ${JSON.stringify(outcomes)} were done all the same`)
  },
)

/** The lines of a snapshot as a file; fails when they were cut off. */
async function fileOf({ environmentUrl, secretKey }: ServerProcess, name: string): Promise<object[]> {
  const response = await fetch(`${environmentUrl}/v1/platform/snapshots/${name}/file`, {
    headers: { apikey: secretKey },
  })
  const text = await response.text()
  assert.equal(response.status, 200, text)
  const lines = text.split('\n')
  assert.match(lines.at(-2)!, /^\{"end":/)
  return lines.slice(0, -1).map(line => JSON.parse(line) as object)
}

async function load(
  ask: (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>,
  [head, ...rest]: readonly object[],
  name: string,
): Promise<void> {
  const uploads = '/platform/snapshots/uploads'
  const { upload } = await ask('POST', uploads, { head, name })
  let table: object = {}
  for (let from = 0; from < rest.length;) {
    const line = rest[from]!
    if ('end' in line) {
      await ask('POST', `${uploads}/${String(upload)}/end`, { rows: (line.end as { rows: object }).rows })
      return
    }
    if (Array.isArray(line)) {
      const most = rest.slice(from, from + 200)
      const end = most.findIndex(one => !Array.isArray(one))
      const rows = end === -1 ? most : most.slice(0, end)
      await ask('POST', `${uploads}/${String(upload)}/rows`, { ...table, rows })
      from += rows.length
    } else {
      table = line
      from++
    }
  }
}
