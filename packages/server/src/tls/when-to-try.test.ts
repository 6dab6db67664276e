import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempts } from './certificate-folder.ts'
import { failedAgain, firstAttemptAt, nextAttemptAt, renewAt, renewNewAt } from './when-to-try.ts'

const minute = 60_000
const hour = 60 * minute

/** Minutes at which it is tried within a day when nothing works and somebody starts the server anew every `startEvery`. */
function tries(startEvery: number, retryAfterMs?: number): number[] {
  let attempts: Attempts = { failedAt: [], notBefore: 0 }
  const at: number[] = []
  for (let now = 1000 * hour, end = now + 24 * hour, due = now; now < end; now += minute) {
    if ((now - 1000 * hour) % startEvery === 0) due = firstAttemptAt(attempts, now)
    if (now < due) continue
    at.push((now - 1000 * hour) / minute)
    attempts = failedAgain(attempts, now, retryAfterMs)
    due = nextAttemptAt(attempts)
  }
  return at
}

/** The most of them within any hour. */
const mostAnHour = (minutes: readonly number[]) =>
  Math.max(...minutes.map(from => minutes.filter(at => at >= from && at < from + 60).length))

test('a name that does not work is tried less and less, never more than five times an hour', () => {
  assert.deepEqual(tries(24 * hour), [0, 1, 6, 26, 86, 266, 626, 986, 1346])
  for (const startEvery of [minute, 5 * minute, 17 * minute, hour])
    assert.ok(mostAnHour(tries(startEvery)) <= 5, `${mostAnHour(tries(startEvery))}`)
})

test('a CA that asks for a pause gets it, starts or not', () => {
  for (const startEvery of [minute, 24 * hour]) assert.ok(mostAnHour(tries(startEvery, 2 * hour)) === 1)
})

test('a certificate is replaced when a third of its time is left', () => {
  assert.equal(renewAt({ from: 0, to: 90 * 24 * hour }), 60 * 24 * hour)
  assert.equal(renewAt({ from: hour, to: 7 * hour }), 5 * hour)
  assert.equal(renewNewAt({ from: 0, to: 9 * hour }, hour), 6 * hour)
  assert.equal(renewNewAt({ from: 0, to: 9 * hour }, 7 * hour), 8 * hour)
})
