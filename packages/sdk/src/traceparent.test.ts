import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient, type ClientOptions } from './client.ts'

/** The `traceparent` of each of two requests. */
async function sent(traceparent: ClientOptions['traceparent']): Promise<(string | null)[]> {
  const values: (string | null)[] = []
  const box = createClient('http://localhost/a/b', 'cb_pub_1', {
    ...(traceparent === undefined ? {} : { traceparent }),
    fetch: async (_url, init) => {
      values.push(new Headers(init?.headers).get('traceparent'))
      return Response.json([])
    },
  })
  await box.collection('todos')
  await box.collection('todos')
  box.close()
  return values
}

test('nothing is said of traces unless asked for', async () => {
  assert.deepEqual(await sent(undefined), [null, null])
  assert.deepEqual(await sent(false), [null, null])
})

test('each request begins a trace of its own', async () => {
  const [first, second] = await sent(true)
  assert.match(first!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  assert.notEqual(first, second)
})

test("or belongs to the app's, where there is one", async () => {
  const values = ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', undefined]
  assert.deepEqual(await sent(() => values.shift()), [
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    null,
  ])
})
