import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Marker } from '@cloudbox/protocol/monitoring'
import { markerText } from './marker-text.ts'

const around = (p95: number | null) => ({ count: 10, p95, errorRate: 0 })
const marker = (before: number | null, after: number | null): Marker => ({
  id: '1',
  at: 0,
  kind: 'migration',
  title: 'migration.applied',
  subject: 'add_priority',
  before: around(before),
  after: around(after),
})

test('a marker tells what became slower or faster, and that nothing did', () => {
  assert.equal(markerText(marker(12, 31)), 'migration.applied add_priority: 95 % within 12 ms → 31 ms')
  assert.equal(markerText(marker(12, 12.5)), 'migration.applied add_priority: as fast as before')
  assert.equal(markerText(marker(null, 3)), 'migration.applied add_priority')
})
