import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OnlineChangeReply } from '@cloudbox/protocol/schema-changes'
import { changeText, timeText } from './change-text.ts'
import { computeValues } from './compute-values.ts'
import { Rate } from './rate.ts'

const change: OnlineChangeReply = {
  ...{ id: '1', kind: 'change-field', collection: 'people', field: 'age', index: null, sentence: '' },
  ...{ state: 'running', phase: 'backfill', isByClient: false, rowsTotal: 2000, rowsDone: 500 },
  ...{ quarantined: 0, error: null, plan: null, startedAt: '', endedAt: null },
}

test('how far a change is: a bar with rate and rest where documents are counted, else its phase', () => {
  const told = [
    [change, '█████░░░░░░░░░░░░░░░ 25 %, 500 of 2,000 · 10/s · 3 min left'],
    [
      { ...change, quarantined: 3 },
      '█████░░░░░░░░░░░░░░░ 25 %, 500 of 2,000 · 10/s · 3 min left · 3 in quarantine',
    ],
    [{ ...change, rowsDone: 2000 }, '████████████████████ 100 %, 2,000 of 2,000 · 10/s'],
    // More were written meanwhile.
    [{ ...change, rowsDone: 2100 }, '████████████████████ 100 %, 2,100 of 2,000 · 10/s'],
    [{ ...change, rowsTotal: null }, 'computing values'],
    [{ ...change, rowsTotal: 0, rowsDone: 0 }, 'computing values'],
    [{ ...change, phase: 'archive' }, 'moving old values to the trash'],
    [{ ...change, phase: 'quarantined', quarantined: 1 }, '1 document in quarantine to be mended'],
    [{ ...change, state: 'paused' }, 'paused: 25 %, 500 of 2,000'],
    [{ ...change, state: 'failed', phase: 'constraints' }, 'failed: making indexes and checking documents'],
  ] as const
  for (const [one, text] of told) assert.equal(changeText(one, { perSecond: 10 }), text)
  assert.equal(changeText(change), '█████░░░░░░░░░░░░░░░ 25 %, 500 of 2,000')
})

test('times are told in the unit people would use', () => {
  assert.deepEqual([0, 89, 90, 720, 5400, 12_000].map(timeText), [
    ...['0 s', '89 s', '2 min', '12 min', '1 h 30 min', '3 h 20 min'],
  ])
})

test('a rate looks at the last half minute, and says nothing of nothing', () => {
  const rate = new Rate()
  assert.equal(rate.perSecond, undefined)
  rate.add(0, 0)
  rate.add(100, 50)
  assert.equal(rate.perSecond, undefined)
  rate.add(1000, 100)
  assert.equal(rate.perSecond, 100)
  for (let second = 2; second <= 60; second++) rate.add(second * 1000, 100)
  assert.equal(rate.perSecond, undefined)
  rate.add(61_000, 130)
  assert.equal(rate.perSecond, 1)
  // Documents that are done anew.
  rate.add(62_000, 0)
  assert.equal(rate.perSecond, undefined)
})

test('a function is run over documents; what it throws, and what no document can hold, are failures', async () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  const values: Record<string, () => unknown> = {
    number: () => 7,
    empty: () => null,
    date: () => new Date(0),
    later: async () => ['x'],
    nothing: () => undefined,
    nan: () => Number.NaN,
    deep: () => ({ a: [Infinity] }),
    big: () => 7n,
    fn: () => () => 1,
    circle: () => circle,
    thrown: () => {
      throw new Error('no such person')
    },
    odd: () => {
      // eslint-disable-next-line no-throw-literal
      throw 'text'
    },
    silent: () => {
      throw new Error('')
    },
    long: () => {
      throw new Error('x'.repeat(2000))
    },
  }
  const rows = Object.keys(values).map(id => ({ id, version: `v-${id}`, document: { id } }))
  const answers = await computeValues(({ id }) => values[id as string]!(), rows, { aborted: () => false })
  const told = answers.map(one =>
    one.kind === 'value'
      ? [one.value.id, one.value.value]
      : [one.failure.id, one.failure.message.slice(0, 70)],
  )
  assert.deepEqual(told.slice(0, 4), [
    ['number', 7],
    ['empty', null],
    ['date', '1970-01-01T00:00:00.000Z'],
    ['later', ['x']],
  ])
  const failures = Object.fromEntries(told.slice(4)) as Record<string, string>
  assert.deepEqual(
    { ...failures, circle: '', long: '' },
    {
      nothing: 'the function returned nothing; null makes the field empty',
      nan: 'the function returned NaN, which no document can hold',
      deep: 'the function returned Infinity, which no document can hold',
      big: 'the function returned 7, which no document can hold',
      fn: 'the function returned a function, which no document can hold',
      circle: '',
      thrown: 'no such person',
      odd: 'text',
      silent: 'the function failed',
      long: '',
    },
  )
  assert.match(failures['circle']!, /circular/)
  const long = answers.at(-1)!
  assert.equal(long.kind === 'failure' && long.failure.message.length, 1000)
  assert.ok(answers.every(one => (one.kind === 'value' ? one.value : one.failure).version?.startsWith('v-')))
})

test('a function that is told to stop leaves the rest for later', async () => {
  let runs = 0
  const rows = ['a', 'b', 'c'].map(id => ({ id, version: '1', document: {} }))
  const answers = await computeValues(() => ++runs, rows, { aborted: () => runs === 2 })
  assert.equal(answers.length, 2)
})
