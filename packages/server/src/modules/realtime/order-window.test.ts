import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ModelRow } from '../data/module.ts'
import type { AnswerRow, Effect } from './effect.ts'
import { differences, OrderWindow, spareRows } from './order-window.ts'

const compare = (a: ModelRow, b: ModelRow): number =>
  Number(a.rank) - Number(b.rank) || (String(a.id) < String(b.id) ? -1 : a.id === b.id ? 0 : 1)
const toRow = (key: string, rank: number): AnswerRow => ({
  key,
  json: `${key}${rank}`,
  model: { id: key, rank },
})
const inOrder = (table: ReadonlyMap<string, AnswerRow>) =>
  [...table.values()].sort((a, b) => compare(a.model, b.model))

/** A table and a window on it, read anew when it asks for it. */
function play(
  limit: number,
  start: readonly [string, number][],
  steps: readonly (readonly [string, number | null])[],
) {
  const table = new Map(start.map(([key, rank]) => [key, toRow(key, rank)]))
  const rowCount = limit + spareRows(limit)
  const read = () => {
    const rows = inOrder(table).slice(0, rowCount)
    return new OrderWindow(limit, compare, rows, rows.length < rowCount)
  }
  let window = read()
  let readings = 0
  const client = new Map(window.shown.map(row => [row.key, row.json]))
  const tell = (effects: readonly Effect[]) => {
    for (const effect of effects) {
      if (effect.op === '-') assert.ok(client.delete(effect.key), 'only what is there leaves')
      else {
        assert.equal(client.has(effect.key), effect.op === '~')
        client.set(effect.key, effect.json)
      }
    }
  }
  for (const [key, rank] of steps) {
    if (rank === null) {
      if (!table.delete(key)) continue
      window.apply({ op: '-', key })
    } else {
      const op = table.has(key) ? '~' : '+'
      table.set(key, toRow(key, rank))
      window.apply({ op, ...toRow(key, rank) })
    }
    tell(window.showChanges())
    assert.ok(client.size <= limit)
    const expected = inOrder(table).slice(0, limit)
    // Short only ever at its end.
    assert.deepEqual(
      window.shown.map(row => row.json),
      expected.slice(0, client.size).map(row => row.json),
    )
    if (window.isLow) {
      readings++
      const before = window.shown
      window = read()
      tell(differences(before, window.shown))
    }
    assert.deepEqual([...client].sort(), expected.map(row => [row.key, row.json] as const).sort())
  }
  return readings
}

const key = fc.constantFrom(...Array.from({ length: 60 }, (_, i) => `k${i}`))
const rank = fc.integer({ min: 0, max: 20 })

test('R6 a window always shows the first rows of the order, whatever happens', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.uniqueArray(fc.tuple(key, rank), { selector: ([name]) => name, maxLength: 60 }),
      fc.array(fc.tuple(key, fc.option(rank, { freq: 2 })), { maxLength: 80 }),
      (limit, start, steps) => {
        play(limit, start, steps)
      },
    ),
    { numRuns: 300 },
  )
})

test('I4 the spare rows are used before anything is read anew', () => {
  const start = Array.from({ length: 60 }, (_, i): [string, number] => [`k${i}`, i])
  const leave = start.map(([name]) => [name, null] as const)
  assert.equal(play(5, start, leave.slice(0, spareRows(5) - 1)), 0)
  assert.equal(play(5, start, leave.slice(0, spareRows(5))), 1)
})
