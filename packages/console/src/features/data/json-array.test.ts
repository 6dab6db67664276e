import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonArray } from './json-array.ts'

async function arrayOf(chunks: readonly Uint8Array[]): Promise<string> {
  const lines = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  return new Response(lines.pipeThrough(jsonArray())).text()
}

test('lines become an array, wherever the pieces are cut', async () => {
  const bytes = new TextEncoder().encode('{"a":"ü"}\n{"b":"\\n"}\n')
  for (const chunks of [[bytes], [...bytes].map(byte => Uint8Array.of(byte))])
    assert.deepEqual(JSON.parse(await arrayOf(chunks)), [{ a: 'ü' }, { b: '\n' }])
})

test('nothing is an empty array', async () => {
  assert.deepEqual(JSON.parse(await arrayOf([])), [])
})
