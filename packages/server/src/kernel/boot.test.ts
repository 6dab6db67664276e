import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boot, inOrder, stopAll } from './boot.ts'
import type { Kernel } from './kernel.ts'
import { defineModule } from './module.ts'

const heard: string[] = []
const low = defineModule({
  name: 'low',
  start: () => ({ api: { answer: 42 }, stop: () => void heard.push('low') }),
})
const high = defineModule({
  name: 'high',
  needs: { low },
  start: (_kernel, needs) => ({ api: needs.low.answer + 1, stop: () => void heard.push('high') }),
})

test('a module finds the ones it needs running, and stops before them', async () => {
  const running = await boot({} as Kernel, [high, low], {})
  assert.deepEqual(
    running.map(({ module, started }) => [module.name, started.api]),
    [
      ['low', { answer: 42 }],
      ['high', 43],
    ],
  )
  await stopAll(running)
  assert.deepEqual(heard, ['high', 'low'])
})

test('what has started is stopped when a later one fails', async () => {
  heard.length = 0
  const broken = defineModule({
    name: 'broken',
    needs: { low },
    start: () => {
      throw new Error('no')
    },
  })
  await assert.rejects(boot({} as Kernel, [low, broken], {}), /no/)
  assert.deepEqual(heard, ['low'])
})

test('circles and missing modules are refused by name', () => {
  const a = { name: 'a', needs: {}, start: () => ({}) }
  const b = { name: 'b', needs: { a }, start: () => ({}) }
  Object.assign(a.needs, { b })
  assert.throws(() => inOrder([a, b]), /modules need each other: a → b → a/)
  assert.throws(() => inOrder([high]), /high needs low, which is not installed/)
})
