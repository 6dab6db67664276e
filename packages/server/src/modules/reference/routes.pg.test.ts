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
      ['/status/summary', 'get'],
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

test('the management API is described whole, from its routes, by the rules of OpenAPI 3.1', async () => {
  const answer = await fetch(`${server.url}/v1/platform/openapi.json`)
  assert.equal(answer.status, 200)
  const document = (await answer.json()) as Manual & {
    paths: Record<string, Record<string, Record<string, unknown>>>
  }
  assert.equal(document.servers[0]!.url, `${server.url}/v1`)
  const { valid, errors } = await new Validator().validate({ ...document })
  assert.deepEqual({ valid, errors }, { valid: true, errors: undefined })

  const told = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map(method => `${method.toUpperCase()} ${path}`),
  )
  const platform = server
    .server()
    .routes.filter(({ contract }) => contract.scope === 'platform' && contract.hidden !== true)
  const templates = platform.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  assert.ok(templates.length > 40, `${templates.length} routes`)
  assert.deepEqual(told.toSorted(), templates.toSorted())

  for (const [index, { contract, method }] of platform.entries()) {
    const [, path] = templates[index]!.split(' ')
    const {
      security,
      description,
      tags,
      'x-codeSamples': samples,
    } = document.paths[path!]![method.toLowerCase()]!
    const what = templates[index]!
    assert.deepEqual(security, contract.access === 'anyone' ? [] : [{ operatorToken: [] }], what)
    if (contract.access !== 'anyone' && contract.permission !== 'signed-in')
      assert.ok(String(description).includes(`\`${contract.permission}\``), what)
    assert.equal((tags as string[]).length, 1, what)
    assert.doesNotMatch(JSON.stringify(samples), /apikey/, what)
  }
  const ids = [...JSON.stringify(document).matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length)
})

test('the management API that did not change is not sent again', async () => {
  const url = `${server.url}/v1/platform/openapi.json`
  const etag = (await fetch(url)).headers.get('etag')!
  const again = await fetch(url, { headers: { 'if-none-match': etag } })
  assert.deepEqual([again.status, await again.text()], [304, ''])
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
