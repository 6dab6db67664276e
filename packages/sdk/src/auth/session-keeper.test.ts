import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { randomFrom, simulateTabs, type SimulatedTab } from './testing/simulated-tabs.ts'

const minuteMs = 60_000

suite('many tabs and a bad line', () => {
  for (const lock of ['web', 'storage'] as const)
    test(`nobody is ever signed out, and every tab has the same session (${lock} lock)`, async () => {
      const seeds = fc.integer({ min: 0, max: 2 ** 31 })
      await fc.assert(
        fc.asyncProperty(seeds, async seed => {
          const random = randomFrom(seed)
          const world = simulateTabs({ random, lost: 0.3, silent: 0.2, lock })
          const tabs: SimulatedTab[] = []
          while (tabs.length < 100) tabs.push(await world.open())
          await tabs[0]!.keeper.save(world.server.open(), 'SIGNED_IN')
          for (let quarter = 0; quarter < 8; quarter++) {
            const dueMs = Date.parse(tabs[0]!.keeper.current!.expiresAt) - minuteMs
            await world.clock.pass(dueMs - world.clock.now() + random() * 1000)
            // Half of them go in the middle of it, and others come.
            for (let times = 0; times < 50; times++) {
              const at = Math.floor(random() * tabs.length)
              tabs[at]!.close()
              tabs[at] = await world.open()
            }
            await world.clock.pass(minuteMs / 2)
          }
          assert.equal(world.server.hasEnded, false)
          assert.deepEqual(
            world.events.filter(event => event.endsWith('SIGNED_OUT')),
            [],
          )
          const tokens = new Set(tabs.map(({ keeper }) => keeper.current?.refreshToken))
          assert.equal(tokens.size, 1)
          assert.ok(Number([...tokens][0]) === 8, 'it was refreshed all the time')
        }),
        { numRuns: lock === 'web' ? 10 : 2 },
      )
    })

  test('one tab asks, and the others take its result', async () => {
    const world = simulateTabs({ random: randomFrom(1), lost: 0, silent: 0, lock: 'web' })
    const tabs = await Promise.all(Array.from({ length: 100 }, () => world.open()))
    await tabs[0]!.keeper.save(world.server.open(), 'SIGNED_IN')
    await world.clock.pass(14.5 * minuteMs)
    assert.equal(world.questions(), 1)
    assert.equal(world.events.filter(event => event.endsWith('TOKEN_REFRESHED')).length, 100)
  })

  test('an old token that somebody else shows ends the session, and each tab says so once', async () => {
    const world = simulateTabs({ random: randomFrom(2), lost: 0.3, silent: 0, lock: 'web' })
    const tabs = await Promise.all(Array.from({ length: 20 }, () => world.open()))
    const first = world.server.open()
    await tabs[0]!.keeper.save(first, 'SIGNED_IN')
    await world.clock.pass(40 * minuteMs)
    assert.equal(world.server.refresh(first.refreshToken).error?.code, 'auth/refresh-token-reused')
    await world.clock.pass(20 * minuteMs)
    assert.equal(world.events.filter(event => event.endsWith('SIGNED_OUT')).length, 20)
    assert.deepEqual([...new Set(tabs.map(({ keeper }) => keeper.current))], [null])
    assert.equal(await world.storage.get('session'), null)
  })

  test('a line that is dead for hours signs nobody out', async () => {
    const line = { lost: 1 }
    const world = simulateTabs({
      random: randomFrom(3),
      // Questions do not arrive: fates up to half of it are lost on the way there.
      get lost() {
        return line.lost * 2
      },
      silent: 0,
      lock: 'web',
    })
    const tab = await world.open()
    await tab.keeper.save(world.server.open(), 'SIGNED_IN')
    await world.clock.pass(180 * minuteMs)
    assert.notEqual(tab.keeper.current, null)
    const { error } = await withTime(world, tab.keeper.fresh())
    assert.equal(error?.code, 'client/network')
  })

  test('who signs out or in while a refresh is under way is not overruled by its answer', async () => {
    const world = simulateTabs({ random: randomFrom(4), lost: 0, silent: 0, lock: 'web' })
    const [one, other] = [await world.open(), await world.open()]
    await one.keeper.save(world.server.open(), 'SIGNED_IN')
    await world.clock.pass(1000)
    const refreshing = one.keeper.refresh()
    await world.clock.pass(5)
    await other.keeper.save(null, 'SIGNED_OUT')
    assert.equal((await withTime(world, refreshing)).error?.code, 'auth/session-ended')
    await world.clock.pass(1000)
    assert.deepEqual([one.keeper.current, await world.storage.get('session')], [null, null])
  })
})

/** Lets time pass until it is there. */
async function withTime<Value>(
  { clock }: ReturnType<typeof simulateTabs>,
  promise: Promise<Value>,
): Promise<Value> {
  let isThere = false
  void promise.finally(() => (isThere = true))
  while (!isThere) await clock.pass(100)
  return promise
}
