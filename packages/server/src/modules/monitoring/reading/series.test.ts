import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Observer } from '../../../kernel/observer.ts'
import { Counted } from '../counting/window.ts'
import type { StoredWindow } from '../rollups/stored-windows.ts'
import type { Range } from './range.ts'
import { seriesMaker, type SeriesQuestion } from './series.ts'

const observer = new Observer()
const list = observer.operation('request', 'GET /data/:collection')
const make = observer.operation('request', 'POST /data/:collection')
const delivery = observer.operation('delivery', 'tasks')
const range: Range = { from: 0, to: 30_000, step: 10_000, base: 10 }
const asking: SeriesQuestion = { metrics: ['count'], kind: 'request', top: 8 }

function window(at: number, counts: [index: number, outcome: number, durations: number[]][]): StoredWindow {
  const counted = new Counted()
  for (const [index, outcome, durations] of counts) {
    const tally = counted.tally(index * 4 + outcome)
    for (const ms of durations) tally.durations.add(ms)
    tally.count += durations.length
    tally.durationUs += durations.reduce((sum, ms) => sum + ms * 1000, 0)
  }
  return { environmentId: 'e', at, counted }
}

const windows = [
  window(0, [
    [list.index, 0, [10, 20, 30]],
    [make.index, 0, [5]],
    [make.index, 3, [7]],
    [delivery.index, 0, [1, 1]],
  ]),
  window(20_000, [[list.index, 2, [1]]]),
]

function made(told: readonly StoredWindow[], of: Range, question: Partial<SeriesQuestion>) {
  const maker = seriesMaker(of, { ...asking, ...question }, index => observer.operationAt(index))
  for (const one of told) maker.add(one)
  return maker.made().series
}
const series = (question: Partial<SeriesQuestion>) => made(windows, range, question)

test('sums are 0 and all else is null where nothing was done', () => {
  const [count, rate, p50, mean] = series({ metrics: ['count', 'errorRate', 'p50', 'mean'] })
  assert.deepEqual(count!.values, [5, 0, 1])
  assert.equal(count!.total, 6)
  assert.deepEqual(rate!.values, [0.2, null, 0])
  assert.equal(rate!.total, 1 / 6)
  assert.equal(p50!.values[1], null)
  assert.ok(Math.abs(p50!.values[0]! - 10) < 0.2)
  assert.deepEqual(mean!.values, [14.4, null, 1])
})

test('only the kind that is asked for is told', () => {
  assert.deepEqual(series({ kind: 'delivery' })[0]!.values, [2, 0, 0])
  assert.deepEqual(series({ kind: 'job' })[0]!.values, [0, 0, 0])
  assert.deepEqual(series({ operation: 'POST /data/:collection' })[0]!.values, [2, 0, 0])
})

test('operations are told one by one, the most frequent first, and the rest together', () => {
  const told = (top: number) =>
    series({ by: 'operation', top }).map(({ operation, values }) => [operation, values])
  assert.deepEqual(told(2), [
    ['GET /data/:collection', [3, 0, 1]],
    ['POST /data/:collection', [2, 0, 0]],
  ])
  assert.deepEqual(told(1), [
    ['GET /data/:collection', [3, 0, 1]],
    [null, [2, 0, 0]],
  ])
})

test('outcomes are told one by one, also those that never were', () => {
  assert.deepEqual(
    series({ by: 'outcome' }).map(({ outcome, values }) => [outcome, values]),
    [
      ['2xx', [4, 0, 0]],
      ['3xx', [0, 0, 0]],
      ['4xx', [0, 0, 1]],
      ['5xx', [1, 0, 0]],
    ],
  )
})

test('levels of several environments are one, and over time their mean; of the event loop the worst', () => {
  const level = (at: number, environmentId: string, connections: number, eventLoop: number): StoredWindow => {
    const counted = new Counted()
    counted.levels.set('connections', { samples: 1, sum: connections, highest: connections })
    counted.levels.set('eventLoop', { samples: 1, sum: eventLoop, highest: eventLoop })
    return { environmentId, at, counted }
  }
  const told = made(
    [level(0, 'a', 3, 5), level(0, 'b', 4, 9), level(10_000, 'a', 1, 2), level(20_000, 'a', 10, 1)],
    { from: 0, to: 40_000, step: 20_000, base: 10 },
    { metrics: ['connections', 'eventLoop'] },
  )
  assert.deepEqual(told[0]!.values, [4, 10])
  assert.deepEqual(told[1]!.values, [9, 1])
})
