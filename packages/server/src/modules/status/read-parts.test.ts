import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readParts, type PastDays } from './read-parts.ts'
import { dayMs, type Asked } from './summarise.ts'

const hourMs = 3_600_000
const today = Date.UTC(2026, 10, 30)
const firstDay = today - 3 * dayMs

/** Two requests every six hours, one of which failed; says from when on it was read. */
function scene() {
  const past: PastDays = new Map()
  const readFrom: number[] = []
  const parts = (now: number) =>
    readParts(
      past,
      async function* (from): AsyncGenerator<Asked> {
        readFrom.push(from)
        for (let at = from; at <= now; at += 6 * hourMs) yield { at, requests: 2, failed: 1 }
      },
      { firstDay: Math.floor(now / dayMs) * dayMs - 3 * dayMs, now },
    )
  const total = async (now: number) => (await parts(now)).reduce((sum, { requests }) => sum + requests, 0)
  return { past, readFrom, total }
}

test('days that are over are read once, and today each time', async () => {
  const { past, readFrom, total } = scene()
  assert.equal(await total(today + 12 * hourMs), 3 * 8 + 6)
  assert.equal(await total(today + 18 * hourMs), 3 * 8 + 8)
  assert.deepEqual(readFrom, [firstDay, today])
  assert.deepEqual(
    [...past.values()],
    [3, 2, 1].map(ago => ({ at: today - ago * dayMs, requests: 8, failed: 4 })),
  )
})

test('a day may be told late for two hours, and the oldest is forgotten', async () => {
  const { past, readFrom, total } = scene()
  await total(today + 12 * hourMs)
  const tomorrow = today + dayMs
  assert.equal(await total(tomorrow + 2 * hourMs - 1), 3 * 8 + 2)
  await total(tomorrow + 2 * hourMs)
  await total(tomorrow + 2 * hourMs)
  assert.deepEqual(readFrom, [firstDay, today, today, tomorrow])
  assert.deepEqual([...past.keys()], [today - 2 * dayMs, today - dayMs, today])
})

test('of a time that was not read nothing is remembered', async () => {
  const past: PastDays = new Map()
  const fails = async function* (): AsyncGenerator<Asked> {
    yield { at: firstDay, requests: 1, failed: 0 }
    throw new Error('away')
  }
  await assert.rejects(readParts(past, fails, { firstDay, now: today + 12 * hourMs }), /away/)
  assert.equal(past.size, 0)
})
