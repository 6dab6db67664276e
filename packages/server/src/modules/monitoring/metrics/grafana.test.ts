import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Observer } from '../../../kernel/observer.ts'
import { metricsOf } from './metrics.ts'
import { Totals } from './totals.ts'

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly targets?: readonly { readonly expr: string }[]
  }[]
}

test('the dashboard of deploy/grafana asks for nothing that is not told', () => {
  const observer = new Observer()
  const process = {
    worker: null,
    pid: 1,
    version: '1',
    node: '24',
    startedAt: 0,
    memory: 1,
    heap: 1,
    eventLoop: { p50: 0, p99: 0, max: 0, busy: 0 },
    pool: { size: 1, open: 1, busy: 0, waiting: 0 },
  }
  const told = new Set(
    metricsOf({
      totals: new Totals(),
      processes: [{ process, cpuSeconds: 0, levels: [] }],
      slotLag: 0,
      operationAt: index => observer.operationAt(index),
      placeOf: () => undefined,
    }).flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
  const file = new URL('../../../../../../deploy/grafana/cloudbox.json', import.meta.url)
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as Dashboard
  const asked = panels.flatMap(({ targets = [] }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(?:cloudbox|process|nodejs)_\w+/g) ?? []),
  )
  assert.ok(asked.length > 20)
  for (const name of asked) assert.ok(told.has(name), name)
})
