import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from './client.ts'

/** A client whose answers are these pieces, and then end as told. */
function answering(pieces: readonly string[], end: 'whole' | 'cut') {
  const asked: { accept: string | null; signal: AbortSignal | null | undefined }[] = []
  const fetch: typeof globalThis.fetch = async (_url, init) => {
    asked.push({ accept: new Headers(init?.headers).get('accept'), signal: init?.signal })
    const left = pieces.map(piece => new TextEncoder().encode(piece))
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = left.shift()
        if (piece !== undefined) controller.enqueue(piece)
        else if (end === 'cut') controller.error(new TypeError('terminated'))
        else controller.close()
      },
    })
    return new Response(body)
  }
  return { asked, todos: createClient('http://box/app/dev', 'cb_pub_1', { fetch }).collection('todos') }
}

async function all(rows: AsyncIterable<object>) {
  const found: object[] = []
  for await (const row of rows) found.push(row)
  return found
}

test('documents are put together again however they were cut up', async () => {
  const { asked, todos } = answering(['{"a":1}\n{"a"', ':2}\n', '{"a":3', '}\n'], 'whole')
  assert.deepEqual(await all(todos.stream()), [{ a: 1 }, { a: 2 }, { a: 3 }])
  assert.equal(asked[0]?.accept, 'application/x-ndjson')
})

test('an answer that is cut rejects, between documents and within one', async () => {
  for (const [pieces, end] of [
    [['{"a":1}\n'], 'cut'],
    [['{"a":1}\n{"a'], 'whole'],
  ] as const) {
    const rows = answering(pieces, end).todos.stream()
    assert.deepEqual((await rows.next()).value, { a: 1 })
    await assert.rejects(rows.next(), { code: 'client/network' })
  }
})

test('leaving the loop ends the request', async () => {
  const { asked, todos } = answering(['{"a":1}\n', '{"a":2}\n'], 'whole')
  for await (const row of todos.stream()) {
    assert.deepEqual(row, { a: 1 })
    break
  }
  assert.equal(asked[0]?.signal?.aborted, true)
})
