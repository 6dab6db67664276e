import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Decoder } from './decoder.ts'

interface Message {
  readonly type: number
  readonly body: Uint8Array
}

const messages = fc.array(
  fc.record({ type: fc.integer({ min: 1, max: 255 }), body: fc.uint8Array({ maxLength: 200 }) }),
  { maxLength: 20 },
)

function encode(all: readonly Message[]): Buffer {
  return Buffer.concat(
    all.map(({ type, body }) => {
      const head = Buffer.alloc(5)
      head[0] = type
      head.writeInt32BE(body.length + 4, 1)
      return Buffer.concat([head, body])
    }),
  )
}

test('however the network cuts it, the same messages are heard', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sent, cuts) => {
      const heard: Message[] = []
      const decoder = new Decoder((type, buffer, start, end) =>
        heard.push({ type, body: new Uint8Array(buffer.subarray(start, end)) }),
      )
      const bytes = encode(sent)
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const next = at + cuts[i % cuts.length]!
        const chunk = Buffer.from(bytes.subarray(at, next))
        decoder.push(chunk)
        // What was heard must not depend on a chunk the socket uses again.
        chunk.fill(0)
        at = next
      }
      assert.deepEqual(
        heard,
        sent.map(({ type, body }) => ({ type, body: new Uint8Array(body) })),
      )
    }),
  )
})

test('what is no protocol is refused', () => {
  for (const bytes of ['HTTP/1.1 400', '\x52\x00\x00\x00\x00....', '\x52\xff\xff\xff\xff....']) {
    assert.throws(() => new Decoder(() => {}).push(Buffer.from(bytes, 'latin1')), /protocol/)
  }
})
