import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase } from '@cloudbox/server/kernel/db'
import { readConnectionUrl } from '@cloudbox/server/kernel/postgres/connection-url'
import { sql } from '@cloudbox/server/kernel/sql'
import { silentLog } from '@cloudbox/server/testing/test-cluster'
import { faultTest, rounds } from './testing/fault-test.ts'
import { bugsOf, startServerProcess } from './testing/server-process.ts'

const kills = 8 * rounds
const rows = 3000

faultTest(
  'the server killed while it saves and restores: a snapshot is whole or gone, an environment as before or as it was',
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
    const outcomes = { saved: 0, restored: 0 }
    for (let kill = 0; kill < kills; kill++) {
      const name = `s${kill}`
      const isSave = kill % 2 === 0
      const asked = isSave
        ? server.request('POST', '/platform/snapshots', { name })
        : server.request('POST', '/platform/snapshots/base/restore', { confirm: 'dev' })
      const done = asked.then(
        ({ status }) => status < 300,
        () => false,
      )
      await delay(random.integer(20, 900))
      await server.kill()
      const isDone = await done
      await server.start()

      const { snapshots } = await ask('GET', '/platform/snapshots')
      const names = (snapshots as { name: string }[]).map(one => one.name)
      const count = Number((await counted())[0].count)
      if (isSave) {
        assert.equal(count, rows + 1)
        if (isDone) assert.ok(names.includes(name))
        if (names.includes(name)) {
          outcomes.saved++
          await ask('POST', `/platform/snapshots/${name}/restore`, { confirm: 'dev' })
          assert.equal(Number((await counted())[0].count), rows + 1)
          await ask('DELETE', `/platform/snapshots/${name}`)
        }
      } else {
        assert.ok(isDone ? count === rows : [rows, rows + 1].includes(count), `${count} rows`)
        if (count === rows) {
          outcomes.restored++
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
