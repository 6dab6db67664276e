import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AlertCondition, AlertRule } from '@cloudbox/protocol/alerts'
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
    const read = conditionOf(form)
    assert.deepEqual(read, { condition, mistakes: {} })
    const { name, severity, channels, remindMinutes, resolveMinutes } = draftOf(form, read.condition!)
    assert.deepEqual(
      [name, severity, channels, remindMinutes, resolveMinutes],
      ['A rule', 'ticket', ['c1'], 60, 10],
    )
  }
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
