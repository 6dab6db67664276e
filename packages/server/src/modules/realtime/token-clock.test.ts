import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { TokenClock } from './token-clock.ts'

const now = Date.parse('2026-01-31T12:00:00Z')
const dayMs = 86_400_000

function startClock(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now })
  const heard: string[] = []
  const clock = new TokenClock({
    expiring: at => heard.push(`expiring ${at - now}`),
    expired: () => heard.push(`expired ${Date.now() - now}`),
  })
  return { clock, heard, pass: (ms: number) => t.mock.timers.tick(ms) }
}

test('R11 the end is told a minute before, and comes half a minute after', t => {
  const { clock, heard, pass } = startClock(t)
  clock.watch(now + 300_000)
  pass(239_999)
  assert.deepEqual(heard, [])
  pass(1)
  assert.deepEqual(heard, ['expiring 300000'])
  pass(89_999)
  assert.deepEqual(heard, ['expiring 300000'])
  pass(1)
  assert.deepEqual(heard, ['expiring 300000', 'expired 330000'])
  pass(dayMs)
  assert.equal(heard.length, 2)
})

test('R11 another token is watched instead, and none ends nothing', t => {
  const { clock, heard, pass } = startClock(t)
  clock.watch(now + 90_000)
  pass(30_000)
  clock.watch(now + dayMs)
  pass(dayMs - 90_001)
  assert.deepEqual(heard, ['expiring 90000'])
  clock.watch(undefined)
  pass(dayMs)
  assert.deepEqual(heard, ['expiring 90000'])
})

test('R11 a token that is good for longer than a timer can wait is good until its end', t => {
  const { clock, heard, pass } = startClock(t)
  clock.watch(now + 100 * dayMs)
  for (let day = 0; day < 99; day++) pass(dayMs)
  assert.deepEqual(heard, [])
  pass(dayMs)
  assert.deepEqual(heard, [`expiring ${100 * dayMs}`])
})

test('R11 a token that has ended already is told so at once', t => {
  const { clock, heard, pass } = startClock(t)
  clock.watch(now - dayMs)
  pass(0)
  assert.deepEqual(heard, [`expiring ${-dayMs}`, 'expired 0'])
})
