import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { Observation } from '../../../kernel/observation.ts'
import { Trace } from '../../../kernel/trace.ts'
import { Traces } from './traces.ts'

test('what callers want to have traced takes no place from what failed', () => {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const traces = new Traces({
    tracer: provider.getTracer('test'),
    config: { tracePercent: 0, tracesPerSecond: 5, slowMs: 500 },
    worker: undefined,
    committed() {},
    random: () => 0,
  })
  const hear = (status: number, parent?: string) => {
    const observation = new Observation({ index: 0, kind: 'request', name: 'GET /data/:collection' })
    // All in the same second.
    traces.hear(Object.assign(observation, { status, trace: new Trace(parent), startedAtMs: 10 }))
  }
  for (let i = 0; i < 20; i++) hear(200, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
  for (let i = 0; i < 20; i++) hear(500)
  const traced = exporter.getFinishedSpans().map(({ attributes }) => attributes['http.response.status_code'])
  assert.deepEqual(traced, [200, 200, 200, 200, 200, 500, 500, 500, 500, 500])
})
