import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup } from '../../../testing/test-database.ts'

interface Attribute {
  readonly key: string
  readonly value: {
    readonly stringValue?: string
    readonly intValue?: number | string
    readonly doubleValue?: number
  }
}

export interface CollectedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: Record<string, string | number | undefined>
  readonly status: { readonly code?: number }
}

export interface CollectedRecord {
  readonly body: string
  readonly severityText: string
  readonly attributes: Record<string, string | number | undefined>
}

export interface CollectedMetric {
  readonly name: string
  readonly unit?: string
  readonly sum?: { readonly dataPoints: readonly CollectedPoint[]; readonly isMonotonic: boolean }
  readonly gauge?: { readonly dataPoints: readonly CollectedPoint[] }
  readonly histogram?: {
    readonly dataPoints: readonly (CollectedPoint & {
      readonly explicitBounds: number[]
      readonly bucketCounts: (number | string)[]
    })[]
  }
}

export interface CollectedPoint {
  readonly attributes: readonly Attribute[]
  readonly asDouble?: number
}

type Scoped<Name extends string, Key extends string, Item> = {
  readonly [N in Name]: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
  }[] &
    readonly { readonly [S in `scope${Key}`]: readonly Item[] }[]
}

/** A collector of OpenTelemetry that keeps what it gets. */
export interface Collector {
  readonly url: string
  readonly spans: CollectedSpan[]
  readonly records: CollectedRecord[]
  /** As they were sent last. */
  readonly metrics: Map<string, CollectedMetric>
  readonly services: Set<unknown>
  readonly headers: Set<string | undefined>
  /** Everything is refused while it is set. */
  isDown: boolean
}

export async function startCollector({ after }: Cleanup): Promise<Collector> {
  const collector: Omit<Collector, 'url'> = {
    spans: [],
    records: [],
    metrics: new Map(),
    services: new Set(),
    headers: new Set(),
    isDown: false,
  }
  const take = (path: string, text: string) => {
    const body = JSON.parse(text) as Scoped<'resourceSpans', 'Spans', { spans: RawSpan[] }> &
      Scoped<'resourceLogs', 'Logs', { logRecords: RawRecord[] }> &
      Scoped<'resourceMetrics', 'Metrics', { metrics: CollectedMetric[] }>
    const { resourceSpans = [], resourceLogs = [], resourceMetrics = [] } = body
    for (const { resource } of [...resourceSpans, ...resourceLogs, ...resourceMetrics])
      collector.services.add(plain(resource.attributes)['service.name'])
    if (path === '/v1/traces')
      for (const { scopeSpans } of resourceSpans)
        for (const { spans } of scopeSpans)
          for (const { attributes, ...span } of spans)
            collector.spans.push({ ...span, attributes: plain(attributes) })
    if (path === '/v1/logs')
      for (const { scopeLogs } of resourceLogs)
        for (const { logRecords } of scopeLogs)
          for (const { attributes, body: said, severityText } of logRecords)
            collector.records.push({ body: said.stringValue, severityText, attributes: plain(attributes) })
    if (path === '/v1/metrics')
      for (const { scopeMetrics } of resourceMetrics)
        for (const { metrics } of scopeMetrics)
          for (const metric of metrics) collector.metrics.set(metric.name, metric)
  }
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      collector.headers.add(request.headers.authorization)
      if (!collector.isDown) take(request.url!, Buffer.concat(pieces).toString())
      response.writeHead(collector.isDown ? 400 : 200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  after(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return Object.assign(collector, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

type RawSpan = Omit<CollectedSpan, 'attributes'> & { readonly attributes: readonly Attribute[] }
interface RawRecord {
  readonly body: { readonly stringValue: string }
  readonly severityText: string
  readonly attributes: readonly Attribute[]
}

export function plain(attributes: readonly Attribute[]): Record<string, string | number | undefined> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.doubleValue ?? value.intValue]),
  )
}
