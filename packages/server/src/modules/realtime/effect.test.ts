import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { netEffects, writeEffects, type Effect } from './effect.ts'

test('R8 the net effects lead to the same rows as all of them, and each key comes once', () => {
  const keys = ['a', 'b', 'c']
  const steps = fc.array(fc.tuple(fc.constantFrom(...keys), fc.option(fc.integer({ min: 0, max: 9 }))))
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...keys)), steps, (start, changes) => {
      const apply = (effects: Iterable<Effect>) => {
        const rows = new Map(start.map(key => [key, '0']))
        for (const effect of effects) {
          assert.equal(effect.op !== '+', rows.has(effect.key), `${effect.op} fits what is there`)
          if (effect.op === '-') rows.delete(effect.key)
          else rows.set(effect.key, effect.json)
        }
        return [...rows].sort()
      }
      const there = new Set<string>(start)
      const effects = changes.flatMap(([key, value]): Effect[] => {
        if (value === null) return there.delete(key) ? [{ op: '-', key }] : []
        const op = there.has(key) ? '~' : '+'
        there.add(key)
        return [{ op, key, json: String(value), model: {} }]
      })
      const net = netEffects(effects)
      assert.deepEqual(apply(net), apply(effects))
      assert.equal(new Set(net.map(({ key }) => key)).size, net.length)
    }),
  )
})

test('R5 a leave is written with its key only', () => {
  const effects: Effect[] = [
    { op: '+', key: 'a"b', json: '{"id":1}', model: {} },
    { op: '-', key: 'c' },
  ]
  assert.deepEqual(JSON.parse(`[${writeEffects(7, effects)}]`), [
    ['+', 7, 'a"b', { id: 1 }],
    ['-', 7, 'c'],
  ])
})
