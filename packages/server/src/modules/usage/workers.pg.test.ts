import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sql } from '../../kernel/sql.ts'
import { testDatabase } from '../../testing/test-database.ts'

interface Ready {
  readonly environmentUrl: string
  readonly publishableKey: string
  readonly workers: number[]
}

const folder = await mkdtemp(join(tmpdir(), 'cloudbox-used-'))
const { connection, db } = await testDatabase({
  after: work =>
    after(async () => {
      await work()
      await rm(folder, { recursive: true, force: true })
    }),
})
const { user, password = '', host, port, database } = connection
const databaseUrl = `postgres://${user}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`

test('somebody whom several workers have seen is one visitor, also when the server stops at once', async () => {
  const main = new URL('../../main.ts', import.meta.url).pathname
  const args = [main, '--json', '--port', '0', '--workers', '2', '--data-dir', folder]
  const first = spawn(process.execPath, args, {
    env: { ...process.env, DATABASE_URL: databaseUrl, CLOUDBOX_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [text] = (await once(first.stdout, 'data')) as [Buffer]
    const { environmentUrl, publishableKey } = JSON.parse(String(text)) as Ready
    const ask = (browser: string) =>
      fetch(`${environmentUrl}/v1/data/cities`, {
        headers: { apikey: publishableKey, connection: 'close', 'user-agent': browser },
      }).then(answer => answer.text())
    // New connections go to either of the two.
    const requests = 40
    await Promise.all(Array.from({ length: requests }, (_, n) => ask(n % 4 === 0 ? 'Firefox' : 'Chrome')))
    first.kill('SIGINT')
    await once(first, 'exit')

    const [told] = await db.query<{ visitors: number; requests: number }>(sql`
      select (select sum(people)::int from cloudbox.usage_people where who = 'visitors') as visitors,
        (select sum(requests)::int from cloudbox.usage_days where operation = 'GET /data/:collection') as requests`)
    assert.deepEqual(told, { visitors: 2, requests })
  } finally {
    first.kill('SIGKILL')
  }
})
