import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { NowReply } from '@cloudbox/protocol/monitoring'
import { openDatabase } from '../../kernel/db.ts'
import { sql } from '../../kernel/sql.ts'
import { Observer } from '../../kernel/observer.ts'
import { silentLog } from '../../testing/test-cluster.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { totalOf } from './reading/operations.ts'
import { readWindows } from './reading/read-windows.ts'
import { OperationsTable } from './rollups/operations-table.ts'
import { StoredWindows } from './rollups/stored-windows.ts'

interface Ready {
  readonly url: string
  readonly environmentUrl: string
  readonly secretKey: string
  readonly workers: number[]
}

const folder = await mkdtemp(join(tmpdir(), 'cloudbox-monitored-'))
const { connection } = await testDatabase({
  after: work =>
    after(async () => {
      await work()
      await rm(folder, { recursive: true, force: true })
    }),
})
const { user, password = '', host, port, database } = connection
const databaseUrl = `postgres://${user}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`

test('what workers have counted is collected by one, told by each, and written when the server stops', async () => {
  const main = new URL('../../main.ts', import.meta.url).pathname
  const args = [main, '--json', '--port', '0', '--workers', '2', '--data-dir', folder]
  const first = spawn(process.execPath, args, {
    env: { ...process.env, DATABASE_URL: databaseUrl, CLOUDBOX_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [text] = (await once(first.stdout, 'data')) as [Buffer]
    const { url, environmentUrl, secretKey } = JSON.parse(String(text)) as Ready
    const headers = { apikey: secretKey, connection: 'close' }
    const requests = 40
    await Promise.all(
      Array.from({ length: requests }, () =>
        fetch(`${environmentUrl}/v1/data/$collections`, { headers }).then(answer => answer.text()),
      ),
    )
    const metrics = await (await fetch(`${url}/metrics`)).text()
    assert.match(metrics, /operation="GET \/data\/\$collections",outcome="2xx"\} 40$/m)
    const answer = await fetch(`${environmentUrl}/v1/monitoring/now`, { headers })
    const now = (await answer.json()) as NowReply
    assert.deepEqual(
      now.processes.map(({ worker }) => worker),
      [1, 2],
    )
    first.kill('SIGINT')
    await once(first, 'exit')

    const db = await openDatabase(connection, { log: silentLog, poolSize: 2, statementTimeoutMs: 10_000 })
    const observer = new Observer()
    const windows = new StoredWindows(db, new OperationsTable(observer))
    const [row] = await db.query<{ id: string }>(sql`
      select e.id::text as id from cloudbox.platform_environments e
      join cloudbox.platform_projects p on p.id = e.project_id where p.name <> '_platform'`)
    const time = { from: Date.now() - 600_000, to: Date.now() + 60_000, base: 10 } as const
    const found = await readWindows(db, windows, time, [row!.id])
    const counted = found.map(one => one.counted)
    const total = totalOf(counted, index => observer.operationAt(index), 'request')
    await db.close()
    // Every list, and the one question how things are.
    assert.equal(total.all.count, requests + 1)
  } finally {
    first.kill('SIGKILL')
  }
})
