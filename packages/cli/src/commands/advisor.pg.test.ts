import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { IndexReport } from '@cloudbox/protocol/advisor'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { cloudbox } from '../testing/cloudbox.ts'

const server = await startTestServer({ after })
const box = cloudbox({ after }, server.url)
const environment = {
  CLOUDBOX_ENVIRONMENT_URL: server.environmentUrl,
  CLOUDBOX_SECRET_KEY: server.secretKey,
}

test('advice is told, followed, and gone', async () => {
  const body = { name: 'notes', fields: { kind: { type: 'text' }, text: { type: 'text' } } }
  await server.request('POST', '/data/$collections', { body })
  await server.db.transaction(tx =>
    tx.script(`
      insert into "${server.environment.schema}".notes (kind, text)
      select 'k' || i % 500, 'text ' || i from generate_series(1, 30000) i;
      analyze "${server.environment.schema}".notes`),
  )
  for (let i = 0; i < 3; i++) await server.request('GET', '/data/notes?kind=eq.k7&order=text')

  const told = await box('advisor indexes', { environment })
  assert.equal(told.code, 0, told.stderr)
  assert.match(told.stdout, /\+ notes: an index on kind/)
  const [command] = /advisor create notes [\w,-]+/.exec(told.stdout) ?? ['']
  const made = await box(command, { environment })
  assert.deepEqual([made.code, made.stderr], [0, ''])
  const again = await box(command, { environment })
  assert.deepEqual([again.code, again.stderr], [0, ''])

  const { advice } = (await box('advisor indexes --json', { environment })).json<IndexReport>()
  assert.deepEqual(advice, [])
  assert.match(
    (await box('advisor indexes', { environment })).stdout,
    /^Nothing to do about the indexes of test\/dev\./,
  )
})

test('what cannot be made is told', async () => {
  const unknown = await box('advisor create notes kidn', { environment })
  assert.deepEqual([unknown.code, /Did you mean "kind"/.test(unknown.stderr)], [1, true], unknown.stderr)
  assert.equal((await box('advisor create notes kind --kind hash', { environment })).code, 2)
  assert.match(
    (await box('advisor repair notes.kind.index', { environment })).stderr,
    /advisor\/unknown-index/,
  )
  assert.match((await box('advisor indexes')).stderr, /cloudbox dev/)
})
