import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { AlertCondition, AlertRule } from '@cloudbox/protocol/alerts'
// Only a test may know of the server: what it begins with has to go through the form.
import { defaultRules } from '../../../../server/src/modules/alerts/rules/default-rules.ts'
import { conditionOf, draftOf, emptyForm, formOf, presets, unitOf } from './rule-form.ts'

const rule = (condition: AlertCondition): AlertRule => ({
  id: 'r1',
  isDefault: false,
  isChanged: false,
  name: 'A rule',
  condition,
  isOn: true,
  severity: 'ticket',
  channels: ['c1'],
  remindMinutes: 60,
  resolveMinutes: 10,
  state: { phase: 'ok', since: null, value: null, at: null },
})

test('a rule that is opened and saved is what it was', () => {
  const conditions: AlertCondition[] = [
    {
      kind: 'threshold',
      metric: 'errorRate',
      is: 'above',
      value: 0.07,
      minutes: 5,
      of: 'request',
      minCount: 20,
    },
    { kind: 'threshold', metric: 'storage', is: 'above', value: 2.5e9, minutes: 0 },
    {
      kind: 'threshold',
      metric: 'p99',
      of: 'delivery',
      operation: 'tasks',
      is: 'above',
      value: 120.5,
      minutes: 1,
      minCount: 0,
      noData: 'breach',
    },
    { kind: 'burn-rate', bad: 'failed', target: 0.9995, minCount: 100 },
    {
      kind: 'burn-rate',
      bad: 'slow',
      slowMs: 300,
      target: 0.99,
      minCount: 10,
      operation: 'GET /data/:collection',
    },
  ]
  for (const condition of conditions) {
    const form = formOf(rule(condition))
    const read = conditionOf(form, condition)
    assert.deepEqual(read, { condition, mistakes: {} })
    const { name, severity, channels, remindMinutes, resolveMinutes } = draftOf(form, read.condition!)
    assert.deepEqual(
      [name, severity, channels, remindMinutes, resolveMinutes],
      ['A rule', 'ticket', ['c1'], 60, 10],
    )
  }
})

test('of a condition stays what was left out of it, and what no field shows', async () => {
  const guide = await readFile(new URL('../../../../../docs/guide/alerts.md', import.meta.url), 'utf8')
  const examples = [...guide.matchAll(/```json\n([^`]*)```/g)].flatMap(([, json]) => {
    const { condition } = JSON.parse(json!) as { condition?: AlertCondition }
    return condition === undefined ? [] : [condition]
  })
  assert.ok(examples.length > 0)
  const conditions: AlertCondition[] = [
    ...[...defaultRules.values()].map(({ condition }) => condition),
    ...examples,
    { kind: 'burn-rate', bad: 'failed', target: 0.99 },
    {
      kind: 'threshold',
      metric: 'count',
      of: 'account',
      operation: 'refused',
      is: 'above',
      value: 30,
      minutes: 5,
    },
    { kind: 'threshold', metric: 'count', is: 'below', value: 1, minutes: 15, noData: 'ok' },
    {
      kind: 'threshold',
      metric: 'storage',
      is: 'above',
      value: 5_000_000_000_000.25,
      minutes: 0,
      minCount: 0,
    },
    { kind: 'threshold', metric: 'p95', is: 'above', value: 1 / 3, minutes: 5 },
  ]
  for (const condition of conditions)
    assert.deepEqual(conditionOf(formOf(rule(condition)), condition), { condition, mistakes: {} })
})

test('of a condition that is edited the rest stays', () => {
  const edited = (own: AlertCondition, change: Partial<typeof emptyForm>) =>
    conditionOf({ ...formOf(rule(own)), ...change }, own).condition
  const slow: AlertCondition = { kind: 'burn-rate', bad: 'slow', slowMs: 300, target: 0.99, minBad: 10 }
  assert.deepEqual(edited(slow, { target: '95' }), { ...slow, target: 0.95 })
  assert.deepEqual(edited(slow, { watch: 'failed' }), {
    kind: 'burn-rate',
    bad: 'failed',
    target: 0.99,
    minBad: 10,
  })
  const late: AlertCondition = {
    kind: 'threshold',
    metric: 'p95',
    operation: 'GET /data/:collection',
    is: 'above',
    value: 500,
    minutes: 5,
    minCount: 50,
    noData: 'breach',
  }
  const { operation, noData, ...rest } = late
  assert.deepEqual(edited(late, { operation: '', noDataIsBreach: false }), rest)
  assert.deepEqual(edited(late, { metric: 'memory', value: '500' }), {
    kind: 'threshold',
    metric: 'memory',
    is: 'above',
    value: 5e8,
    minutes: 5,
    noData,
  })
  assert.deepEqual(edited(late, { minCount: '' }), undefined)
  assert.deepEqual(edited(rest, { operation: operation! }), { ...rest, operation })
  assert.deepEqual(edited(late, { watch: 'failed' }), {
    kind: 'burn-rate',
    bad: 'failed',
    target: 0.999,
    minCount: 50,
    operation,
  })
})

test('what cannot be read is told at its field', () => {
  const mistakesIn = (change: Partial<typeof emptyForm>) => conditionOf({ ...emptyForm, ...change })
  assert.deepEqual(mistakesIn({ value: '', minutes: '2.5' }), {
    mistakes: { value: 'A number.', minutes: 'A whole number.' },
  })
  assert.deepEqual(mistakesIn({ metric: 'errorRate', value: '120' }).mistakes, { value: 'From 0 to 100.' })
  assert.deepEqual(mistakesIn({ watch: 'failed', target: '100' }).mistakes, { target: 'From 50 to 99.999.' })
})

test('every preset can be saved as it is', () => {
  for (const { form } of presets) assert.deepEqual(conditionOf({ ...emptyForm, ...form }).mistakes, {})
})

test('values are typed in the units that people read', () => {
  assert.deepEqual(
    [unitOf('errorRate'), unitOf('count'), unitOf('storage'), unitOf('bytesOut')],
    ['%', 'a minute', 'MB', 'MB a minute'],
  )
})
