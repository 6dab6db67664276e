import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createHttp } from '../../../kernel/http.ts'
import { silentLog } from '../../../testing/test-cluster.ts'
import { testEnvironment } from '../testing/test-environment.ts'
import { collectionRoutes } from './routes.ts'

const endings: (() => Promise<void>)[] = []
after(async () => {
  for (const end of endings.reverse()) await end()
})
const env = await testEnvironment({ after: end => void endings.push(end) })
const http = createHttp({
  log: silentLog,
  gate: env.gate,
  routes: collectionRoutes(env.deps, env.authorOf),
  bodyLimitBytes: 1_000_000,
  requestTimeoutMs: 60_000,
})
const port = await http.listen('127.0.0.1', 0)
endings.push(() => http.stop())
const secretKey = await env.key('secret')
const publishableKey = await env.key('publishable')

async function ask(on: string, body?: object, key = secretKey) {
  const [method, path] = on.split(' ') as [string, string]
  const answer = await fetch(`http://127.0.0.1:${port}/demo/dev/v1/data/$collections${path}`, {
    method,
    headers: { apikey: key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

const versions = () =>
  env.run<{ name: string; version: string }>('select name, version from @data_collections')

test('a collection lives through its endpoints', async () => {
  const fields = { title: { type: 'text', required: true }, done: { type: 'boolean', default: false } }
  const created = await ask('POST /', { name: 'todos', fields })
  assert.equal(created.status, 201)
  assert.deepEqual(created.body, { name: 'todos', fields, version: created.body.version })
  const listed = await ask('GET /')
  assert.deepEqual(listed.body.collections.at(-1), created.body)

  const changed = await ask('PATCH /todos', { rename: { title: 'name' }, policies: { list: 'doc.done' } })
  assert.equal(changed.status, 200)
  assert.deepEqual(Object.keys(changed.body.fields), ['name', 'done'])
  assert.ok(changed.body.version > created.body.version)
  assert.deepEqual((await ask('GET /todos')).body, changed.body)

  assert.equal((await ask('DELETE /todos')).status, 204)
  assert.equal((await ask('GET /todos')).status, 404)
})

const kept = { name: 'kept', fields: { title: { type: 'text' } } }
await ask('POST /', kept)
const refusals: readonly [on: string, body: object | undefined, status: number, code: string, at?: string][] =
  [
    ['POST /', { name: 'x' }, 422, 'http/invalid-request', '/'],
    ['POST /', { name: '1x', fields: {} }, 422, 'http/invalid-request', '/name'],
    [
      'POST /',
      { name: 'x', fields: { 'a b': { type: 'text' } } },
      422,
      'http/invalid-request',
      '/fields/a b',
    ],
    [
      'POST /',
      { name: 'x', fields: { a: { type: 'string' } } },
      422,
      'http/invalid-request',
      '/fields/a/type',
    ],
    [
      'POST /',
      { name: 'x', fields: { a: { type: 'text', mx: 1 } } },
      422,
      'http/invalid-request',
      '/fields/a/mx',
    ],
    [
      'POST /',
      { name: 'x', fields: { a: { type: 'select' } } },
      422,
      'data/invalid-collection',
      '/fields/a/options',
    ],
    [
      'POST /',
      { name: 'x', fields: {}, policies: { list: 'true' } },
      422,
      'policy/unnamed-public',
      '/policies/list',
    ],
    [
      'POST /',
      { name: 'x', fields: {}, policies: { list: 'dc.a' } },
      422,
      'policy/invalid-expression',
      '/policies/list[0:2]',
    ],
    ['POST /', kept, 409, 'data/collection-exists'],
    ['POST /', { name: 'KEPT', fields: {} }, 409, 'data/collection-exists'],
    ['PATCH /kept', { fields: { titel: null } }, 422, 'data/invalid-collection', '/fields/titel'],
    ['PATCH /kept', { policies: { lst: null } }, 422, 'http/invalid-request', '/policies/lst'],
    ['PATCH /kep', {}, 404, 'data/unknown-collection'],
    ['DELETE /kep', undefined, 404, 'data/unknown-collection'],
    ['GET /constructor', undefined, 404, 'data/unknown-collection'],
  ]
for (const [on, body, status, code, at] of refusals) {
  test(`${on} ${JSON.stringify(body) ?? ''} answers ${code}`, async () => {
    const before = await versions()
    const answer = await ask(on, body)
    assert.deepEqual([answer.status, answer.body.code], [status, code])
    if (at !== undefined) assert.equal(answer.body.errors[0].at, at)
    assert.deepEqual(await versions(), before)
  })
}

test('structure is the secret key’s business', async () => {
  for (const on of ['GET /', 'GET /kept', 'POST /', 'PATCH /kept', 'DELETE /kept']) {
    const answer = await ask(on, on.startsWith('P') ? kept : undefined, publishableKey)
    assert.deepEqual([answer.status, answer.body.code], [403, 'platform/secret-key-needed'])
  }
})
