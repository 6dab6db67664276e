import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { startTestServer } from '../../testing/start-test-server.ts'

interface Manual {
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, object>>
}

const server = await startTestServer({ after })
const define = async (body: object) => {
  const { status } = await server.request('POST', '/data/$collections', { body })
  assert.equal(status, 201)
}
await define({
  name: 'todos',
  fields: { title: { type: 'text', required: true }, done: { type: 'boolean', default: false } },
  policies: { list: 'public("a test")', get: 'public("a test")' },
})
await define({ name: 'ledger', fields: { amount: { type: 'decimal' } } })

const manual = async (headers: Record<string, string>) => {
  const { status, body } = await server.request('GET', '/openapi.json', { headers })
  assert.equal(status, 200)
  return body as Manual
}

test('the manual of a running server follows OpenAPI 3.1 and names its own address', async () => {
  const document = await manual({ apikey: server.secretKey })
  assert.equal(document.servers[0]!.url, `${server.environmentUrl}/v1`)
  for (const path of [
    '/data/todos',
    '/data/todos/{id}',
    '/data/ledger',
    '/data/$collections',
    '/auth/test-token',
  ]) {
    assert.ok(path in document.paths, path)
  }
  const { valid, errors } = await new Validator().validate({ ...document })
  assert.deepEqual({ valid, errors }, { valid: true, errors: undefined })
})

test('the publishable key is told of what is open only', async () => {
  const { paths } = await manual({ apikey: server.publishableKey })
  assert.deepEqual(
    Object.entries(paths)
      .filter(([path]) => !path.startsWith('/auth/'))
      .map(([path, item]) => [path, ...Object.keys(item)]),
    [
      ['/data/todos', 'get'],
      ['/data/todos/{id}', 'get'],
      ['/data/users', 'get', 'patch'],
      ['/data/users/{id}', 'get', 'patch'],
      ['/data/$batch', 'post'],
      ['/realtime/events', 'post', 'get'],
    ],
  )
  assert.ok('/auth/sign-in' in paths)
  assert.ok(!('/auth/settings' in paths))
})

test('without a key there is the page, and no manual', async () => {
  const denied = await server.request('GET', '/openapi.json', { headers: {} })
  assert.deepEqual([denied.status, (denied.body as { code: string }).code], [401, 'platform/key-missing'])
  const page = await server.request('GET', '/docs', { headers: {} })
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.doesNotMatch(String(page.body), /cb_secret_|todos|ledger/)
  const script = /src="([^"]+main\.js)"/.exec(String(page.body))?.[1]
  const file = await fetch(new URL(script!, server.url))
  assert.deepEqual([file.status, file.headers.get('content-type')], [200, 'text/javascript; charset=utf-8'])
})

test('a manual that did not change is not sent again, and a new collection changes it', async () => {
  const headers = { apikey: server.secretKey }
  const first = await server.request('GET', '/openapi.json', { headers })
  const known = { ...headers, 'if-none-match': first.headers.get('etag')! }
  const again = await server.request('GET', '/openapi.json', { headers: known })
  assert.deepEqual([again.status, again.body], [304, ''])
  await server.request('POST', '/data/$collections', { body: { name: 'notes', fields: {} } })
  const changed = await server.request('GET', '/openapi.json', { headers: known })
  assert.equal(changed.status, 200)
  assert.ok('/data/notes' in (changed.body as Manual).paths)
})

test('the requests of the manual are ones the server takes', async () => {
  const document = await manual({ apikey: server.secretKey })
  const { post } = document.paths['/data/todos'] as {
    post: { requestBody: { content: Record<string, { examples: Record<string, { value: unknown }> }> } }
  }
  for (const { value } of Object.values(post.requestBody.content['application/json']!.examples)) {
    const { status } = await server.request('POST', '/data/todos', { body: value })
    assert.equal(status, 201)
  }
  const { get } = document.paths['/data/todos'] as {
    get: { 'x-codeSamples': readonly { readonly source: string }[] }
  }
  const url = /'([^']+)'/.exec(get['x-codeSamples'][0]!.source)![1]!
  const answer = await fetch(url, { headers: { apikey: server.publishableKey } })
  assert.equal(answer.status, 200)
  assert.ok(Array.isArray(await answer.json()))
})
