import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { Observer } from '../../../kernel/observer.ts'
import { LiveFeed } from './live-feed.ts'

const [windowMs, hourMs] = [10_000, 3_600_000]

test('what is late is not told, and a clock that is set back begins anew', async () => {
  const observer = new Observer()
  const feed = new LiveFeed(index => observer.operationAt(index))
  const response = new PassThrough()
  feed.open('e', response as unknown as ServerResponse, async () => {})
  const begin = Date.UTC(2026, 0, 5, 12)
  const [late, back] = [begin - windowMs, begin - hourMs]
  const tell = (...times: number[]) => feed.tell(times.map(at => ({ at, environments: new Map() })))
  await tell(begin)
  await tell(late)
  // A worker that was away for long tells the new with the old.
  await tell(begin - hourMs / 2, begin + windowMs)
  await tell(begin)
  await tell(back)
  await tell(back + windowMs)
  await tell(back)
  await tell(back + 2 * windowMs)
  const text = String(response.read())
  assert.deepEqual(
    [...text.matchAll(/^id: (\d+)$/gm)].map(([, at]) => Number(at)),
    [begin, begin + windowMs, back, back + windowMs, back + 2 * windowMs],
  )
})
