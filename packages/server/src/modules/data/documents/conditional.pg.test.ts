import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, type As } from '../../../testing/scenario.ts'
import { asAnn, asBob, startTodoServer, todoId } from '../testing/todo-server.ts'

const server = await startTodoServer({ after })
const read = (request: string, ifNoneMatch?: string, as: As = asAnn) =>
  ask(server, {
    as,
    request,
    ...(ifNoneMatch === undefined ? {} : { headers: { 'if-none-match': ifNoneMatch } }),
  })
const tagOf = async (request: string, as: As = asAnn): Promise<string> =>
  (await read(request, undefined, as)).headers.get('etag')!
const one = `GET /data/todos/${todoId(1)}`
const many = 'GET /data/todos?order=title&limit=2&count=exact'

describe('If-None-Match', () => {
  for (const request of [one, many]) {
    test(`${request} answers 304 to who has it, with its headers and nothing else`, async () => {
      const whole = await read(request)
      const tag = whole.headers.get('etag')!
      assert.match(tag, /^"[\w.-]+"$/)
      for (const header of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
        const { status, headers, body } = await read(request, header)
        assert.equal(status, 304, header)
        assert.equal(body, '')
        assert.equal(headers.get('content-type'), null)
        for (const name of [
          'etag',
          'cache-control',
          'vary',
          'content-range',
          'x-cloudbox-next-cursor',
          'access-control-allow-origin',
        ])
          assert.equal(headers.get(name), whole.headers.get(name), name)
      }
      assert.equal((await read(request, '"x"')).status, 200)
    })
  }

  test('another selection has another tag', async () => {
    assert.notEqual(await tagOf(one), await tagOf(`${one}?select=title`))
  })

  test('what one user has kept is not taken for what another may see', async () => {
    const list = 'GET /data/todos?select=title'
    const tag = await tagOf(list)
    assert.equal((await read(list, tag, asBob)).status, 200)
  })

  test('a write makes it new, also one that leaves the answer as it was', async () => {
    const before = await tagOf(`${one}?select=title`)
    await server.request('PATCH', `/data/todos/${todoId(1)}`, { body: { priority: 2 } })
    const answer = await read(`${one}?select=title`, before)
    assert.equal(answer.status, 200)
    assert.notEqual(answer.headers.get('etag'), before)
  })

  test('a list is another one when others follow it', async () => {
    const list = 'GET /data/todos?select=title&owner=eq.ann&order=title&limit=3'
    const before = await tagOf(list)
    await server.request('POST', '/data/todos', { body: { title: 'Zzz', owner: 'ann' } })
    const { status, headers } = await read(list, before)
    assert.equal(status, 200)
    assert.ok(headers.has('x-cloudbox-next-cursor'))
  })

  test('what is hidden knows no 304', async () => {
    assert.equal((await read(`GET /data/todos/${todoId(4)}`, '*')).status, 404)
  })
})

test('browsers may read the tag', async () => {
  const { headers } = await read(one)
  assert.match(headers.get('access-control-expose-headers')!, /\betag\b/)
  assert.doesNotMatch(headers.get('access-control-expose-headers')!, /apikey|idempotency-key/)
})

describe('HEAD', () => {
  for (const request of [one, many]) {
    test(`answers what ${request} does, without its body`, async () => {
      const whole = await read(request)
      const head = await read(request.replace('GET', 'HEAD'))
      assert.equal(head.status, 200)
      assert.equal(head.body, '')
      for (const name of ['etag', 'content-type', 'content-length', 'content-range'])
        assert.equal(head.headers.get(name), whole.headers.get(name), name)
      assert.equal((await read(request.replace('GET', 'HEAD'), head.headers.get('etag')!)).status, 304)
    })
  }
})
