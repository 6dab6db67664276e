import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Gate } from './gate.ts'
import { createHttp } from './http.ts'
import { createLog } from './log.ts'
import { route } from './route.ts'

/** Serves one stream; gives its address, the lines of the log, and the way to stop. */
async function serve(t: TestContext, stream: () => AsyncIterable<string | Buffer>) {
  const logged: string[] = []
  const http = createHttp({
    log: createLog('warn', line => logged.push(line)),
    gate: new Gate(),
    routes: [
      route('GET /pieces', { summary: '', access: 'anyone', scope: 'root' }, () => ({
        headers: { 'content-type': 'text/plain' },
        stream: stream(),
      })),
    ],
    bodyLimitBytes: 1000,
    requestTimeoutMs: 60_000,
  })
  t.after(() => http.stop())
  const url = `http://127.0.0.1:${await http.listen('127.0.0.1', 0)}/pieces`
  return { url, logged, stop: () => http.stop() }
}

/** Pieces without end, with the number of those made and a promise of their end. */
function endless(piece: string) {
  const ended = Promise.withResolvers<void>()
  const made = { count: 0 }
  async function* pieces() {
    try {
      for (;;) {
        made.count++
        yield piece
        await new Promise(setImmediate)
      }
    } finally {
      ended.resolve()
    }
  }
  return { pieces, made, ended: ended.promise }
}

test('pieces come in order', async t => {
  const { url } = await serve(t, async function* () {
    yield 'a'
    yield Buffer.from('ü')
    yield 'c'
  })
  const response = await fetch(url)
  assert.equal(response.headers.get('content-type'), 'text/plain')
  assert.equal(await response.text(), 'aüc')
})

test('the next piece is made when the caller has room, and none when he has gone', async t => {
  const piece = 'x'.repeat(65_536)
  const { pieces, made, ended } = endless(piece)
  const { url } = await serve(t, pieces)
  const ending = new AbortController()
  const { body } = await fetch(url, { signal: ending.signal })
  let read = 0
  for await (const chunk of body!) {
    read += chunk.length
    // What both ends of a socket hold is a few megabytes.
    assert.ok(made.count * piece.length - read < 32_000_000, `${made.count} pieces made, ${read} bytes read`)
    if (read > 60_000_000) break
  }
  ending.abort()
  await ended
})

test('a failure cuts the connection: nobody takes a part for the whole', async t => {
  const { url, logged } = await serve(t, async function* () {
    yield 'part'
    throw new Error('broken')
  })
  const response = await fetch(url)
  assert.equal(response.status, 200)
  await assert.rejects(response.text(), /terminated/)
  assert.match(logged.join(), /http\.stream-cut/)
})

test('a server that stops cuts it too', async t => {
  const { pieces, ended } = endless('x')
  const { url, stop } = await serve(t, pieces)
  const { body } = await fetch(url)
  const reader = body!.getReader()
  await reader.read()
  const stopped = stop()
  await assert.rejects(async () => {
    while (!(await reader.read()).done);
  }, /terminated/)
  await stopped
  await ended
})

test('HEAD makes no piece', async t => {
  let isMade = false
  const { url } = await serve(t, async function* () {
    isMade = true
    yield 'x'
  })
  const response = await fetch(url, { method: 'HEAD' })
  assert.equal(response.headers.get('content-type'), 'text/plain')
  assert.equal(await response.text(), '')
  assert.equal(isMade, false)
})
