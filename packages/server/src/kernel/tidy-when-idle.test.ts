import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { tidyWhenIdle } from './tidy-when-idle.ts'

test('what a burst has left is given back once it is quiet', async t => {
  const stop = tidyWhenIdle({ everyMs: 100, worthBytes: 16 * 1024 * 1024 })
  t.after(stop)
  let burst: unknown[] | undefined = Array.from({ length: 1_500_000 }, (_, i) => ({ i }))
  const full = process.memoryUsage.rss()
  assert.equal(burst.length, 1_500_000)
  burst = undefined
  while (process.memoryUsage.rss() > full - 32 * 1024 * 1024) await sleep(20)
})
