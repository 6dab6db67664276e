import assert from 'node:assert/strict'
import { createHmac, createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { Crowd } from './crowd.ts'
import { pseudonymOf } from './pseudonym.ts'
import type { Salts } from './salts.ts'

const today = '2026-11-30'
const salt = createSecretKey(Buffer.alloc(32, 7))

/** Salts that come when they are wanted to. */
function saltsThat(are: { there: boolean }): Salts {
  return { of: () => (are.there ? salt : undefined) } as Partial<Salts> as Salts
}

const numbers = (crowd: Crowd) =>
  crowd
    .take(today)
    .people.map(
      ({ environmentId, who, period, sketch }) => `${environmentId} ${who} ${period} ${sketch.count()}`,
    )
    .sort()

test('visitors are pairs of address and browser, and homes with IPv6 are one', async () => {
  const crowd = new Crowd(saltsThat({ there: true }))
  const meet = (ip: string, userAgent: string, environment = 'e1') =>
    crowd.meet(today, environment, undefined, { ip, userAgent })
  for (let times = 0; times < 3; times++)
    for (const browser of ['Firefox', 'Chrome']) meet('192.0.2.1', browser)
  meet('192.0.2.2', 'Firefox')
  meet('2001:db8:1:2::aaaa', 'Firefox')
  meet('2001:db8:1:2:3::bbbb', 'Firefox')
  meet('::ffff:192.0.2.2', 'Firefox')
  meet('no address', 'Firefox')
  meet('192.0.2.1', 'Firefox', 'e2')
  await crowd.settle()
  assert.deepEqual(numbers(crowd), ['e1 visitors day 4', 'e2 visitors day 1'])
  assert.deepEqual(numbers(crowd), [])
})

test('until there are salts people wait, as many as there is room for', async () => {
  const are = { there: false }
  const crowd = new Crowd(saltsThat(are))
  for (let n = 0; n < 20_010; n++)
    crowd.meet(today, 'e1', undefined, { ip: `10.0.${n >> 8}.${n & 255}`, userAgent: 'Firefox' })
  await crowd.settle()
  const first = crowd.take(today)
  assert.deepEqual([first.people, first.lost], [[], 10])
  are.there = true
  await crowd.settle()
  const [{ sketch } = { sketch: undefined }] = crowd.take(today).people
  assert.ok(Math.abs(sketch!.count() - 20_000) < 5 * 0.0081 * 20_000)
})

test('browsers are cut where somebody is met, so those who differ only behind it are one and wait once', async () => {
  const are = { there: false }
  const crowd = new Crowd(saltsThat(are))
  for (let n = 0; n < 20_010; n++)
    crowd.meet(today, 'e1', undefined, { ip: '192.0.2.1', userAgent: `${'x'.repeat(256)} ${n}` })
  assert.equal(crowd.take(today).lost, 0)
  are.there = true
  await crowd.settle()
  assert.deepEqual(numbers(crowd), ['e1 visitors day 1'])
})

test('nothing is remembered of who found no room', () => {
  const crowd = new Crowd(saltsThat({ there: false }))
  const meet = (n: number) =>
    crowd.meet(today, 'e1', undefined, { ip: `10.0.${n >> 8}.${n & 255}`, userAgent: 'Firefox' })
  for (let n = 0; n < 20_000; n++) meet(n)
  for (let times = 0; times < 3; times++) meet(20_000)
  meet(7)
  assert.equal(crowd.take(today).lost, 3)
})

test('who waits for salts of a day that is over is let go', async () => {
  const crowd = new Crowd(saltsThat({ there: false }))
  crowd.meet('2026-11-29', 'e1', 'ada', { ip: '192.0.2.1', userAgent: 'Firefox' })
  await crowd.settle()
  const { people, lost } = crowd.take(today)
  assert.deepEqual([people, lost], [[], 2])
})

test('a pseudonym is of one environment and one kind', () => {
  const own = pseudonymOf(salt, 'user', 'e1', 'ada')
  assert.deepEqual(own, createHmac('sha256', Buffer.alloc(32, 7)).update('user\ne1\nada').digest())
  for (const [kind, environment, who] of [
    ['visitor', 'e1', 'ada'],
    ['user', 'e2', 'ada'],
    ['user', 'e1', 'bob'],
  ] as const)
    assert.notDeepEqual(pseudonymOf(salt, kind, environment, who), own)
})
