import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type {
  AlertCondition,
  BurnRateCondition,
  Severity,
  ThresholdCondition,
} from '@cloudbox/protocol/alerts'
import type { Frame } from '../../monitoring/module.ts'
import { frameOf, framesOf, operationAt, repeated, type Done } from '../testing/frames.ts'
import { advance, allWell, type RuleState } from './advance.ts'
import { backTest as backTester, type PastIncident } from './back-test.ts'
import { judgeOf } from './judge.ts'

const begin = Date.UTC(2026, 0, 5, 12)
const [windowMs, minuteMs, hourMs] = [10_000, 60_000, 3_600_000]
const busy: Done = { good: 50 }
const broken: Done = { good: 25, failed: 25 }

const failing = (change: Partial<ThresholdCondition> = {}): ThresholdCondition => ({
  kind: 'threshold',
  metric: 'errorRate',
  is: 'above',
  value: 0.1,
  minutes: 2,
  ...change,
})
const budget: BurnRateCondition = { kind: 'burn-rate', bad: 'failed', target: 0.999 }

function backTest(
  rule: Parameters<typeof backTester>[0],
  frames: readonly Frame[],
  of: typeof operationAt,
): PastIncident[] {
  const tester = backTester(rule, of)
  for (const frame of frames) tester.feed(frame)
  return tester.incidents()
}

function past(condition: AlertCondition, done: readonly (Done | null)[], resolveMinutes = 1): PastIncident[] {
  return backTest({ condition, resolveMinutes, severity: 'page' }, framesOf(begin, done), operationAt)
}

/** When something was, in windows since the beginning. */
const windowOf = (at: number | null) => (at === null ? null : (at - begin) / windowMs)

test('it fires once a minute after the other has been so for long enough, and is over after as much good', () => {
  const done = [...repeated(12, busy), ...repeated(18, broken), ...repeated(30, busy)]
  const [incident, ...more] = past(failing(), done)
  assert.deepEqual(more, [])
  // From the 2nd bad window on more than a tenth of the minute has failed; that minute begins four windows before.
  assert.equal(windowOf(incident!.from), 8)
  assert.equal(windowOf(incident!.firedAt), 20)
  assert.equal(incident!.peak, 0.5)
  // Of the minute that ends there a twelfth has failed.
  assert.equal(windowOf(incident!.to), 35)
})

test('what does not last does not fire', () => {
  const done = [...repeated(12, busy), ...repeated(3, broken), ...repeated(30, busy)]
  assert.deepEqual(past(failing(), done), [])
  assert.equal(past(failing({ minutes: 0 }), done).length, 1)
})

test('what comes and goes is one incident until all has been well for long enough', () => {
  const once = [...repeated(12, broken), ...repeated(12, busy)]
  const done = [...once, ...once, ...once, ...repeated(60, busy)]
  assert.equal(past(failing({ minutes: 1 }), done, 5).length, 1)
  assert.equal(past(failing({ minutes: 1 }), done, 0).length, 3)
})

test('fewer operations than it takes say nothing', () => {
  const lonely = [...repeated(12, { good: 0 }), { failed: 1 }, ...repeated(30, { good: 0 })]
  assert.equal(past(failing({ minutes: 0 }), lonely).length, 1)
  assert.deepEqual(past(failing({ minutes: 0, minCount: 5 }), lonely), [])
  assert.deepEqual(past(budget, lonely), [])
})

test('where a figure is not there, the rule says what that means', () => {
  const silent = [...repeated(12, busy), ...repeated(30, {})]
  assert.deepEqual(past(failing({ metric: 'p95', value: 1e6 }), silent), [])
  assert.equal(past(failing({ metric: 'p95', value: 1e6, noData: 'breach' }), silent).length, 1)
  // Nothing done is a number, for sums.
  const [stopped] = past(failing({ metric: 'count', is: 'below', value: 1, minutes: 3 }), silent)
  assert.equal(windowOf(stopped!.from), 12)
  assert.equal(windowOf(stopped!.firedAt), 30)
})

test('sums are told by the minute, however much of it was counted', () => {
  const of = (value: number) => past(failing({ metric: 'count', value, minutes: 0 }), [busy, busy]).length
  assert.deepEqual([of(299), of(300)], [1, 0])
})

test('levels of the environment are nothing where nobody tells them', () => {
  const done = [...repeated(6, { connections: 10 }), ...repeated(12, {})]
  const [gone] = past(failing({ metric: 'connections', is: 'below', value: 1, minutes: 0 }), done)
  assert.equal(windowOf(gone!.firedAt), 12)
  assert.equal(past(failing({ metric: 'memory', value: 9e7, minutes: 1 }), done).length, 1)
})

test('over a time in which the server did not run nothing is concluded', () => {
  const before = [...repeated(12, busy), ...repeated(5, broken)]
  const whole = [...before, ...repeated(30, null), ...repeated(5, broken), ...repeated(12, busy)]
  assert.deepEqual(past(failing({ minutes: 3 }), whole), [])
  // What fired before goes on.
  const fired = [...repeated(30, broken), ...repeated(360, null), ...repeated(3, busy)]
  const [incident, ...more] = past(failing({ minutes: 1 }), fired, 5)
  assert.deepEqual([incident!.to, more], [null, []])
})

test('a budget that is used fast fires at once, one that is used slowly is a ticket', () => {
  const outage = [...repeated(1800, busy), ...repeated(12, broken), ...repeated(400, busy)]
  const [fast] = past(budget, outage)
  assert.equal(fast!.severity, 'page')
  // 14.4 times a thousandth of an hour's 18,000 requests have failed: 260 of 25 a window.
  assert.equal(windowOf(fast!.firedAt), 1811)
  const creeping = repeated(7 * 360, { good: 996, failed: 4 })
  assert.deepEqual(
    past(budget, creeping).map(({ severity, to }) => [severity, to]),
    [['ticket', null]],
  )
  assert.deepEqual(past(budget, repeated(7 * 360, { good: 9995, failed: 5 })), [])
})

test('a ticket that becomes urgent is told again', () => {
  const judge = judgeOf(budget, 'ticket', operationAt)
  const events: (string | undefined)[] = []
  let state: RuleState = allWell
  const done = [...repeated(7 * 360, { good: 996, failed: 4 }), ...repeated(60, { failed: 1000 })]
  for (const frame of framesOf(begin, done)) {
    const advanced = advance(state, judge.feed(frame), { condition: budget, resolveMinutes: 5 })
    state = advanced.state
    events.push(advanced.event)
  }
  assert.deepEqual(
    events.filter(event => event !== undefined),
    ['fired', 'escalated'],
  )
})

test('what is urgent no more is told again when it becomes so again', () => {
  const outage = repeated(120, { failed: 50 })
  const done = [
    ...repeated(8 * 360, busy),
    ...repeated(60, { failed: 50 }),
    ...repeated(2 * 360, busy),
    ...outage,
    ...repeated(60, busy),
  ]
  const judge = judgeOf(budget, 'ticket', operationAt)
  const events: [string, number][] = []
  const severities: Severity[] = []
  let state: RuleState = allWell
  for (const frame of framesOf(begin, done)) {
    const advanced = advance(state, judge.feed(frame), { condition: budget, resolveMinutes: 5 })
    state = advanced.state
    const { event } = advanced
    if (event !== undefined) events.push([event, Math.floor((frame.at - begin) / hourMs)])
    if (state.phase === 'firing' && severities.at(-1) !== state.severity) severities.push(state.severity)
  }
  assert.deepEqual(events, [
    ['fired', 8],
    ['escalated', 8],
    ['escalated', 10],
  ])
  assert.deepEqual(severities, ['ticket', 'page', 'ticket', 'page'])
})

test('what is urgent now and then stays urgent until it has not been for long enough', () => {
  const firing = {
    phase: 'firing',
    since: begin,
    firedAt: begin,
    peak: 20,
    severity: 'page',
    wellSince: null,
  }
  const severityAfter = (said: readonly (Severity | 'well' | 'gap')[]) => {
    const events: (string | undefined)[] = []
    let state = firing as RuleState
    for (const [i, one] of said.entries()) {
      const at = begin + (i + 1) * minuteMs
      const severity = one === 'page' ? 'page' : 'ticket'
      const verdict = { at, since: at - minuteMs, isAfterGap: one === 'gap', value: 2, severity } as const
      const advanced = advance(
        state,
        { ...verdict, isBreach: one !== 'well' },
        { condition: budget, resolveMinutes: 3 },
      )
      state = advanced.state
      events.push(advanced.event)
    }
    return [state.phase === 'firing' ? state.severity : 'over', ...events.filter(one => one !== undefined)]
  }
  assert.deepEqual(severityAfter(['ticket', 'ticket', 'page', 'ticket', 'ticket']), ['page'])
  assert.deepEqual(severityAfter(['ticket', 'ticket', 'ticket']), ['ticket'])
  assert.deepEqual(severityAfter(['well', 'well', 'ticket']), ['ticket'])
  assert.deepEqual(severityAfter(['ticket', 'ticket', 'gap', 'ticket']), ['page'])
  assert.deepEqual(severityAfter(['ticket', 'ticket', 'ticket', 'page']), ['page', 'escalated'])
  assert.deepEqual(severityAfter(['ticket', 'ticket', 'ticket', 'well', 'well', 'well']), [
    'over',
    'resolved',
  ])
})

test('slow requests are counted by how long they took, those that failed are not', () => {
  const slow: BurnRateCondition = { kind: 'burn-rate', bad: 'slow', slowMs: 100, target: 0.99 }
  assert.equal(past(slow, repeated(60, { good: 50, ms: 150 })).length, 1)
  assert.deepEqual(past(slow, repeated(60, { good: 50, ms: 90 })), [])
  assert.deepEqual(past(slow, repeated(60, { failed: 50, ms: 150 })), [])
})

test('where only hours are known, they are judged as a whole', () => {
  const hours = [0, 1, 2, 3].map(i => ({
    ...frameOf(begin + i * hourMs, i === 1 ? { good: 500, failed: 500 } : { good: 1000 }),
    stepMs: hourMs,
  }))
  const told = backTest({ condition: failing(), resolveMinutes: 5, severity: 'page' }, hours, operationAt)
  assert.deepEqual(
    told.map(({ from, firedAt, to }) => [from - begin, firedAt - begin, to! - begin]),
    [[hourMs, 2 * hourMs, 3 * hourMs]],
  )
  assert.equal(
    backTest({ condition: budget, resolveMinutes: 5, severity: 'page' }, hours, operationAt).length,
    1,
  )
})

test('what is kept of a time that has not come is not waited for: the clock was set back', () => {
  const rule = { condition: failing(), resolveMinutes: 5 }
  const verdict = {
    since: begin - minuteMs,
    at: begin,
    isAfterGap: false,
    value: 0.5,
    severity: 'page',
  } as const
  const pending: RuleState = { phase: 'pending', since: begin + hourMs, peak: 0.9 }
  assert.deepEqual(advance(pending, { ...verdict, isBreach: true }, rule).state, {
    phase: 'pending',
    since: begin - minuteMs,
    peak: 0.5,
  })
  const firing = { since: begin + hourMs, firedAt: begin + hourMs, peak: 0.5, severity: 'page' } as const
  const isWell = { phase: 'firing', ...firing, wellSince: begin + hourMs } as const
  const { state } = advance(isWell, { ...verdict, isBreach: false }, rule)
  assert.deepEqual(state, { phase: 'firing', ...firing, wellSince: begin - minuteMs })
})

test('judged window by window with any restarts, it comes out as in the back-test', () => {
  const some = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ good: fc.nat(40), failed: fc.nat(3), ms: fc.integer({ min: 1, max: 400 }) }),
    },
    { weight: 2, arbitrary: fc.record({ failed: fc.integer({ min: 1, max: 60 }) }) },
    { weight: 1, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constant(null) },
  )
  const stretch = fc
    .tuple(some, fc.integer({ min: 1, max: 25 }))
    .map(([done, times]) => repeated(times, done))
  const conditions = fc.oneof(
    fc.record({
      kind: fc.constant('threshold' as const),
      metric: fc.constantFrom('count', 'errorRate', 'p95', 'errors', 'connections'),
      is: fc.constantFrom('above' as const, 'below' as const),
      value: fc.constantFrom(0.05, 0.5, 1, 60, 200),
      minutes: fc.integer({ min: 0, max: 6 }),
      minCount: fc.constantFrom(0, 20),
      noData: fc.constantFrom('ok' as const, 'breach' as const),
    }),
    fc.record({
      kind: fc.constant('burn-rate' as const),
      bad: fc.constantFrom('failed' as const, 'slow' as const),
      slowMs: fc.constant(200),
      target: fc.constantFrom(0.9, 0.99, 0.999),
      minCount: fc.constantFrom(1, 100),
      minBad: fc.constantFrom(1, 5),
    }),
  )
  fc.assert(
    fc.property(
      conditions,
      fc.array(stretch, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 0, max: 10 }),
      fc.array(fc.nat(700), { maxLength: 5 }),
      (drawn, stretches, resolveMinutes, restarts) => {
        const condition = drawn as AlertCondition
        const frames = framesOf(begin, stretches.flat())
        const told: PastIncident[] = []
        let kept = JSON.stringify(allWell)
        let urgent: Severity = 'ticket'
        let judge = judgeOf(condition, 'page', operationAt)
        for (const [i, frame] of frames.entries()) {
          if (restarts.includes(i)) {
            // Nothing but what is stored is left: the windows and how the rule stood.
            judge = judgeOf(condition, 'page', operationAt)
            for (const before of frames.slice(0, i)) judge.feed(before)
          }
          const before = JSON.parse(kept) as RuleState
          const verdict = judge.feed(frame)
          const { state, event } = advance(before, verdict, { condition, resolveMinutes })
          if (state.phase === 'firing' && event !== undefined) urgent = state.severity
          if (event === 'resolved' && before.phase === 'firing') {
            const { since: from, firedAt, peak } = before
            told.push({ from, firedAt, to: verdict.at, peak, severity: urgent })
          }
          kept = JSON.stringify(state)
        }
        const last = JSON.parse(kept) as RuleState
        if (last.phase === 'firing') {
          const { since: from, firedAt, peak } = last
          told.push({ from, firedAt, to: null, peak, severity: urgent })
        }
        assert.deepEqual(backTest({ condition, resolveMinutes, severity: 'page' }, frames, operationAt), told)
      },
    ),
    { numRuns: 150 },
  )
})

test('a judge that is given older windows as coarse as they are kept says the same', () => {
  const done = Array.from({ length: 12 * 360 }, (_, i): Done => ({ good: 90, failed: i % 700 < 40 ? 9 : 0 }))
  const frames = framesOf(begin, done)
  const now = begin + 12 * hourMs
  const whole = judgeOf(budget, 'page', operationAt)
  for (const frame of frames) whole.feed(frame)
  const coarse = judgeOf(budget, 'page', operationAt)
  const merged = (from: number, to: number, stepMs: number) => {
    for (let at = from; at < to; at += stepMs) {
      const parts = done.slice((at - begin) / windowMs, (at + stepMs - begin) / windowMs)
      const sum = (of: 'good' | 'failed') => parts.reduce((all, one) => all + (one[of] ?? 0), 0)
      coarse.feed({ ...frameOf(at, { good: sum('good'), failed: sum('failed') }), stepMs })
    }
  }
  merged(begin, now - 7 * hourMs, hourMs)
  merged(now - 7 * hourMs, now - 2 * hourMs, minuteMs)
  merged(now - 2 * hourMs, now, windowMs)
  const next = frameOf(now, broken)
  assert.deepEqual(coarse.feed(next), whole.feed(next))
})
