import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { NotDelivered, sendToWeb, type Sending } from './send.ts'
import { textOf, titleOf, type Told } from './words.ts'

const begin = Date.UTC(2026, 0, 5, 12)
const told: Told = {
  kind: 'fired',
  incidentId: '7',
  project: 'shop',
  environment: 'live',
  rule: { id: 'failed-requests', name: 'Requests fail <!channel> & @everyone' },
  condition: { kind: 'threshold', metric: 'errorRate', is: 'above', value: 0.05, minutes: 5 },
  severity: 'page',
  beganAt: begin,
  firedAt: begin + 300_000,
  endedAt: null,
  isRuleChanged: false,
  peak: 0.25,
  at: begin + 300_000,
  url: 'https://box.example/console/projects/shop/live/alerts',
}

async function send(kind: Sending['kind'], answer: () => Response | Promise<Response>) {
  const asked: Request[] = []
  await sendToWeb({
    kind,
    secrets: { address: 'https://hooks.example/T0/secret', signingSecret: 'a-secret-of-the-channel' },
    told,
    deliveryId: 'd1',
    nowMs: begin,
    fetch: async (input, init) => {
      asked.push(new Request(input, init))
      return answer()
    },
  })
  return { request: asked[0]!, body: await asked[0]!.text() }
}
const fine = () => new Response(null, { status: 204 })

test('a webhook is signed over its time and body', async () => {
  const { request, body } = await send('webhook', fine)
  const [, seconds, signature] = /^t=(\d+),v1=(.+)$/.exec(request.headers.get('x-cloudbox-signature')!)!
  const expected = createHmac('sha256', 'a-secret-of-the-channel').update(`${seconds}.${body}`).digest('hex')
  assert.deepEqual([Number(seconds), signature], [begin / 1000, expected])
  assert.equal(request.headers.get('x-cloudbox-delivery'), 'd1')
  const { kind, incident, peak, url } = JSON.parse(body) as Record<string, unknown>
  assert.deepEqual([kind, incident, peak, url], ['fired', '7', 0.25, told.url])
})

test('names in a message wake nobody', async () => {
  const slack = await send('slack', fine)
  assert.equal(slack.request.headers.get('x-cloudbox-signature'), null)
  assert.ok(!slack.body.includes('<!channel>') && slack.body.includes('&lt;!channel&gt; &amp;'))
  const discord = JSON.parse((await send('discord', fine)).body) as Record<string, unknown>
  assert.deepEqual(discord['allowed_mentions'], { parse: [] })
})

test('what passes is tried again, when whoever was asked wants it; what does not is not', async () => {
  const retryOf = (answer: () => Response | Promise<Response>) =>
    send('slack', answer).then(
      () => 'delivered',
      (error: NotDelivered) => [error.retryMs, error.message],
    )
  const busy = new Response('slow down', { status: 429, headers: { 'retry-after': '7' } })
  assert.deepEqual(await retryOf(() => busy), [7000, 'answered 429: slow down'])
  assert.deepEqual(await retryOf(() => new Response('', { status: 503 })), [0, 'answered 503'])
  const gone = () => new Response('no_service', { status: 404 })
  assert.deepEqual(await retryOf(gone), [undefined, 'answered 404: no_service'])
  const rude = () => new Response(`broken \0 here\u001B[2J${'😀'.repeat(300)}`, { status: 500 })
  assert.deepEqual(await retryOf(rude), [0, `answered 500: broken here [2J${'😀'.repeat(185)}`])
  const odd = () => Promise.reject(new Error('split \0 at \uD83D'))
  assert.deepEqual(await retryOf(odd), [0, 'split at \uFFFD'])
  const refused = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }))
  assert.deepEqual(await retryOf(refused), [0, 'nobody listens there'])
})

test('it is told in words what is, and what was', () => {
  assert.match(titleOf(told), /^Fires: Requests fail .* – shop\/live$/)
  assert.equal(textOf(told), 'Requests: share that failed above 5 % for 5 minutes.')
  const over: Told = { ...told, kind: 'resolved', endedAt: begin + 900_000 }
  assert.match(textOf(over), /^It lasted for 15 min\./)
  assert.match(textOf({ ...over, isRuleChanged: true }), /rule was changed/)
  assert.match(textOf({ ...told, kind: 'reminder', at: begin + 7_200_000 }), /goes on for 2 h/)
})
