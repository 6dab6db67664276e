import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import pg from 'pg'
import { startTestServer } from './testing/start-test-server.ts'

const server = await startTestServer({ after })

/** status and code of an answer. */
async function outcome(path: string, headers: Record<string, string>, method = 'GET') {
  const { status, body } = await server.request(method, path, { headers })
  return [status, (body as { code?: string }).code]
}

test('who may come in', async () => {
  const path = '/auth/test-token'
  const { secretKey, publishableKey } = server
  const bearer = (token: string) => ({ apikey: publishableKey, authorization: `Bearer ${token}` })
  assert.deepEqual(await outcome(path, {}, 'POST'), [401, 'platform/key-missing'])
  assert.deepEqual(await outcome(path, { apikey: 'cb_pub_x' }, 'POST'), [401, 'platform/key-invalid'])
  assert.deepEqual(await outcome(path, { apikey: publishableKey }, 'POST'), [
    403,
    'platform/secret-key-needed',
  ])
  assert.deepEqual(await outcome(path, bearer('nonsense'), 'POST'), [401, 'auth/token-invalid'])
  assert.deepEqual(await outcome(path, bearer(secretKey), 'POST'), [422, 'http/invalid-request'])
  assert.deepEqual(await outcome(path, bearer(await server.token('ada')), 'POST'), [
    403,
    'platform/secret-key-needed',
  ])
})

test('a key of another environment is refused', async t => {
  const other = await startTestServer(t)
  assert.deepEqual(await outcome('/auth/test-token', { apikey: other.secretKey }, 'POST'), [
    401,
    'platform/key-invalid',
  ])
})

test('addresses that lead nowhere say so', async () => {
  const response = await fetch(`${server.url}/no/such/v1/data/x`)
  assert.equal(response.status, 404)
  const body = (await response.json()) as { code: string; requestId: string }
  assert.equal(body.requestId, response.headers.get('x-request-id'))
  assert.equal((await fetch(`${server.url}/%E0%A4%A`)).status, 404)
})

test('bodies that cannot be read say where', async () => {
  const post = (body: string, type = 'application/json') =>
    fetch(`${server.environmentUrl}/v1/auth/test-token`, {
      method: 'POST',
      headers: { apikey: server.secretKey, 'content-type': type },
      body,
    }).then(async response => [response.status, await response.json()] as const)
  const [badJson, explained] = await post('{"uid":')
  assert.deepEqual([badJson, (explained as { code: string }).code], [400, 'http/bad-json'])
  assert.equal((await post('<xml/>', 'text/xml'))[0], 415)
  const [, wrong] = await post('{"uid":5,"more":1}')
  assert.deepEqual((wrong as { errors: { at: string }[] }).errors.map(({ at }) => at).sort(), [
    '/more',
    '/uid',
  ])
  assert.equal((await post(`{"uid":"${'x'.repeat(11_000_000)}"}`))[0], 413)
})

test('keys and tokens are good after a restart', async () => {
  const token = await server.token('ada')
  await server.restart()
  const headers = { apikey: server.publishableKey, authorization: `Bearer ${token}` }
  assert.deepEqual(await outcome('/auth/test-token', headers, 'POST'), [403, 'platform/secret-key-needed'])
})

test('a secret key is nowhere in the database', async () => {
  const { connection, secretKey } = server
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    const { rows } = await client.query<{ line: string }>(
      'select k::text as line from cloudbox.platform_keys k',
    )
    assert.ok(rows.length >= 2)
    assert.ok(rows.every(({ line }) => !line.includes(secretKey)))
  } finally {
    await client.end()
  }
})

test('any browser may ask from anywhere', async () => {
  const response = await fetch(`${server.environmentUrl}/v1/data/x`, { method: 'OPTIONS' })
  assert.equal(response.status, 204)
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
})
