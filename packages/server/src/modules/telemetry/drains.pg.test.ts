import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { DrainsReply, MadeDrain } from '@cloudbox/protocol/telemetry'
import { sql } from '../../kernel/sql.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { silentLog } from '../../testing/test-cluster.ts'
import { until } from '../../testing/until.ts'

interface Got {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

const got: Got[] = []
let status = 200
const receiver = createServer((request, response) => {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => {
    const { method = '', url: path = '', headers } = request
    if (status === 200) got.push({ method, path, headers, body: Buffer.concat(pieces) })
    response.writeHead(status).end('<Error><Code>SlowDown</Code></Error>')
  })
})
await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
after(() => {
  receiver.closeAllConnections()
  receiver.close()
})
const receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
const server = await startTestServer({ after }, { log: silentLog })

const add = async (wanted: object) => {
  const answer = await server.request('POST', '/telemetry/drains', { body: wanted })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.body as MadeDrain
}
const list = async () => ((await server.request('GET', '/telemetry/drains')).body as DrainsReply).drains
const remove = async ({ id }: { id: string }) =>
  assert.equal((await server.request('DELETE', `/telemetry/drains/${id}`)).status, 204)
const codeOf = ({ body }: { body: unknown }) => (body as { code?: string }).code

test('a webhook gets signed lines of requests, without what they said', async () => {
  const made = await add({
    kind: 'webhook',
    name: 'Ops',
    requests: 'refused',
    url: `${receiverUrl}/in/hush-hush`,
  })
  assert.equal(made.target, `${receiverUrl}/…`)
  await server.request('GET', '/data/nothing?email=eq.ada%40example.com')
  await server.request('GET', '/data/$collections')
  await until(async () => (await list())[0]!.state.delivered === 1, 'the refused one has arrived')
  const { path, headers, body } = got.pop()!
  assert.equal(path, '/in/hush-hush')
  const [t, v1] = String(headers['x-cloudbox-signature']).split(',')
  const signed = `${t!.slice(2)}.${body.toString()}`
  assert.equal(v1, `v1=${createHmac('sha256', made.secret!).update(signed).digest('hex')}`)
  const said = JSON.parse(body.toString()) as { environment: string; lines: Record<string, unknown>[] }
  assert.equal(said.environment, 'test/dev')
  const [line] = said.lines
  assert.equal(line!['event'], 'request')
  assert.equal(line!['status'], 404)
  assert.equal(line!['operation'], 'GET /data/:collection')
  assert.doesNotMatch(body.toString(), /ada|nothing/)

  const shown = JSON.stringify(await list())
  assert.doesNotMatch(shown, /hush|cb_drain/)
  const [kept] = await server.db.query<{ text: string }>(
    sql`select string_agg(d::text, '') as text from cloudbox.telemetry_drains d`,
  )
  assert.doesNotMatch(kept!.text, /hush/)
  await remove(made)
})

test('a bucket gets files of gzipped lines', async () => {
  const made = await add({
    kind: 's3',
    name: 'Archive',
    requests: 'all',
    endpoint: receiverUrl,
    region: 'eu-central-1',
    bucket: 'logs',
    prefix: 'cloudbox/',
    accessKeyId: 'AKIAEXAMPLE',
    secretAccessKey: 'hush-of-the-bucket',
  })
  assert.equal(made.secret, undefined)
  const { status: tested } = await server.request('POST', `/telemetry/drains/${made.id}/test`)
  assert.equal(tested, 204)
  const { method, path, headers, body } = got.pop()!
  assert.equal(method, 'PUT')
  assert.match(path, /^\/logs\/cloudbox\/\d{4}\/\d\d\/\d\d\/\d\d-\d\d-\d\d-[0-9a-f]{8}\.jsonl\.gz$/)
  assert.match(
    String(headers['authorization']),
    /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=[\w;-]*host/,
  )
  const [line] = gunzipSync(body).toString().trimEnd().split('\n')
  assert.equal((JSON.parse(line!) as { event: string }).event, 'drain.test')
  await remove(made)
})

test('a test tells why nothing arrives', async () => {
  const made = await add({ kind: 'webhook', name: 'Gone', requests: 'all', url: `${receiverUrl}/` })
  const ask = () => server.request('POST', `/telemetry/drains/${made.id}/test`)
  status = 500
  const refused = await ask()
  status = 200
  assert.equal(refused.status, 424)
  assert.equal(codeOf(refused), 'telemetry/not-delivered')
  assert.match((refused.body as { detail: string }).detail, /it answered 500/)
  await server.db.query(sql`update cloudbox.platform_environments set is_dev = false`)
  await server.restart()
  const guarded = await ask()
  assert.equal(codeOf(guarded), 'telemetry/not-delivered')
  assert.match((guarded.body as { detail: string }).detail, /http: is not asked/)
  await server.db.query(sql`update cloudbox.platform_environments set is_dev = true`)
  await server.restart()
  await remove(made)
})

test('it is called otherwise, and bounded in number; what is wrong is said', async () => {
  const url = `${receiverUrl}/`
  const made = await Promise.all(
    [1, 2, 3, 4, 5].map(n => add({ kind: 'webhook', name: `d${n}`, requests: 'all', url })),
  )
  const sixth = { kind: 'webhook', name: 'd6', requests: 'all', url }
  const refused = await server.request('POST', '/telemetry/drains', { body: sixth })
  assert.equal(codeOf(refused), 'telemetry/too-many-drains')
  const changed = await server.request('PATCH', `/telemetry/drains/${made[0]!.id}`, {
    body: { name: 'first', requests: 'failed' },
  })
  assert.equal(changed.status, 200)
  const { name, requests } = changed.body as MadeDrain
  assert.deepEqual({ name, requests }, { name: 'first', requests: 'failed' })
  const nowhere = await server.request('POST', '/telemetry/drains', { body: { ...sixth, url: 'ftp://a' } })
  assert.equal(nowhere.status, 422)
  for (const one of made) await remove(one)
  for (const wanted of [
    { ...sixth, url: 'https://[' },
    { ...sixth, url: 'https://a:b:c/' },
    { ...sixth, url: 'https://ada:s3cret@example.com/' },
    {
      kind: 's3',
      name: 'b',
      requests: 'all',
      endpoint: 'https://[',
      region: 'r',
      bucket: 'b',
      prefix: '',
      accessKeyId: 'a',
      secretAccessKey: 's',
    },
  ]) {
    const answer = await server.request('POST', '/telemetry/drains', { body: wanted })
    assert.equal(answer.status, 422, JSON.stringify(answer.body))
    assert.equal(codeOf(answer), 'telemetry/no-address')
    assert.doesNotMatch(JSON.stringify(answer.body), /s3cret/)
  }
  assert.deepEqual(await list(), [])
  const gone = await server.request('DELETE', `/telemetry/drains/${made[0]!.id}`)
  assert.equal(codeOf(gone), 'telemetry/unknown-drain')
})
