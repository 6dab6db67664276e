import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openDatabase } from '../../kernel/db.ts'
import { Gate } from '../../kernel/gate.ts'
import { createHttp } from '../../kernel/http.ts'
import { silentLog } from '../../testing/test-cluster.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { healthRoutes } from './health-routes.ts'

const { connection } = await testDatabase({ after })

test('it is ready when the database answers and the stream has been read, and says what is missing', async t => {
  const db = await openDatabase(connection, { log: silentLog, poolSize: 1, statementTimeoutMs: 5000 })
  let isStreamReady = false
  const http = createHttp({
    log: silentLog,
    gate: new Gate(),
    routes: healthRoutes(db, () => isStreamReady),
    bodyLimitBytes: 1000,
    requestTimeoutMs: 5000,
  })
  t.after(() => http.stop())
  const url = `http://127.0.0.1:${await http.listen('127.0.0.1', 0)}`
  const ask = async () => {
    const response = await fetch(`${url}/ready`)
    const { errors = [] } = (await response.json()) as { errors?: { at: string }[] }
    return [response.status, ...errors.map(({ at }) => at)]
  }
  assert.deepEqual(await ask(), [503, '/stream'])
  isStreamReady = true
  assert.deepEqual(await ask(), [200])
  await db.close()
  assert.deepEqual(await ask(), [503, '/database'])
  isStreamReady = false
  assert.deepEqual(await ask(), [503, '/database', '/stream'])
  assert.equal((await fetch(`${url}/health`)).status, 200)
})
