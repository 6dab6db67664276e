import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { frameOf, operationAt } from '../testing/frames.ts'
import { judgeOf } from './judge.ts'
import { RecentCount } from './recent-count.ts'

const begin = Date.UTC(2026, 0, 5, 12)
const [windowMs, minuteMs, hourMs] = [10_000, 60_000, 3_600_000]

test('it is the sum of everything that began in the time, to ten seconds, whatever is missing', () => {
  const window = fc.record({
    /** Windows that are missing before it. */
    missing: fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.nat(20) },
      { weight: 1, arbitrary: fc.nat(2000) },
    ),
    count: fc.nat(1000),
  })
  const stretch = (stepMs: number) =>
    fc.array(window, { maxLength: 80 }).map(windows => ({ stepMs, windows }))
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 5, 61, 1440),
      fc.tuple(stretch(hourMs), stretch(minuteMs), stretch(windowMs)),
      (minutes, stretches) => {
        const recent = new RecentCount(minutes * minuteMs)
        const known: { readonly at: number; readonly count: number }[] = []
        let end = begin
        for (const { stepMs, windows } of stretches) {
          end = Math.ceil(end / stepMs) * stepMs
          for (const { missing, count } of windows) {
            const at = end + missing * stepMs
            end = at + stepMs
            known.push({ at, count })
            const from = end - Math.max(minutes * minuteMs, stepMs)
            const expected = known.reduce((sum, one) => sum + (one.at >= from ? one.count : 0), 0)
            assert.equal(recent.add(at, stepMs, count), expected)
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('rules that look back over a day take little room', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const megabytes = () => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return (heapUsed + arrayBuffers) / 1e6
  }
  const condition = {
    kind: 'threshold',
    metric: 'errorRate',
    is: 'above',
    value: 0.5,
    minutes: 1440,
    minCount: 100,
  } as const
  const before = megabytes()
  const judges = Array.from({ length: 10 }, () => judgeOf(condition, 'page', operationAt))
  const frame = frameOf(begin, { good: 3 })
  for (let i = 0; i < 8640; i++)
    for (const judge of judges) judge.feed({ ...frame, at: begin + i * windowMs })
  const taken = megabytes() - before
  assert.ok(taken < 2, `${taken} MB for ${judges.length} rules`)
})
