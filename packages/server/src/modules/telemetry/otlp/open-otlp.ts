import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Log } from '../../../kernel/log.ts'
import type { Observer } from '../../../kernel/observer.ts'
import type { Peers } from '../../../kernel/peers.ts'
import { listOf } from '../../../kernel/config.ts'
import { version } from '../../../kernel/version.ts'
import type { Metric } from '../../monitoring/module.ts'
import type { TelemetryConfig } from '../config.ts'
import { FanOut } from './fan-out.ts'
import { toLogRecord } from './log-record.ts'
import { metricProducer } from './produce-metrics.ts'
import { tellFailures } from './tell-failures.ts'
import { Traces } from './traces.ts'

export interface OtlpOptions {
  readonly config: TelemetryConfig
  readonly log: Log
  readonly observer: Observer
  readonly peers: Peers
  /** Figures of the whole server; undefined in a process that does not collect them. */
  readonly readMetrics: (() => Promise<readonly Metric[]>) | undefined
}

/** How long spans and lines wait for others, so that many are sent at once. */
const gatherMs = 1000
/** How long what has not been sent yet may take at the end. */
const lastWordsMs = 3000

const committedQuestion = 'telemetry.committed'

interface Committed {
  readonly commit: string
  readonly traceId: string
  readonly spanId: string
}

/** Sends traces, metrics and logs to an OpenTelemetry collector. Returns the way to stop. */
export function openOtlp({ config, log, observer, peers, readMetrics }: OtlpOptions): () => Promise<void> {
  const resource = resourceFromAttributes({
    'service.name': config.serviceName,
    'service.version': version,
    'service.instance.id': `${process.pid}${peers.worker === undefined ? '' : `/${peers.worker}`}`,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
  })
  const base = config.otlpUrl.replace(/\/+$/, '')
  const headers = Object.fromEntries(listOf(config.otlpHeaders).map(splitHeader))
  const to = (signal: 'traces' | 'metrics' | 'logs') => ({ url: `${base}/v1/${signal}`, headers })

  const spans = new BatchSpanProcessor({
    exporter: tellFailures(new OTLPTraceExporter(to('traces')), 'traces', log),
    scheduledDelayMillis: gatherMs,
  })
  const tracing = new TracerProvider({ resource, spanProcessors: [spans] })
  const logging = new LoggerProvider({
    resource,
    processors: [
      new BatchLogRecordProcessor({
        exporter: tellFailures(new OTLPLogExporter(to('logs')), 'logs', log),
        scheduledDelayMillis: gatherMs,
      }),
    ],
  })
  const metering =
    readMetrics === undefined
      ? undefined
      : new MeterProvider({
          resource,
          readers: [
            new PeriodicExportingMetricReader({
              exporter: tellFailures(new OTLPMetricExporter(to('metrics')), 'metrics', log),
              exportIntervalMillis: config.metricsSeconds * 1000,
              exportTimeoutMillis: Math.min(10_000, config.metricsSeconds * 1000),
              metricProducers: [metricProducer({ resource, version, readMetrics })],
            }),
          ],
        })

  const traces = new Traces({
    tracer: tracing.getTracer('cloudbox', version),
    config,
    worker: peers.worker,
    random: Math.random,
    // Any process may be the one that tells it.
    committed: (commit, { traceId, spanId }) =>
      void peers.ask(committedQuestion, { commit: String(commit), traceId, spanId } satisfies Committed),
  })
  const fanOut = new FanOut(
    () => performance.now(),
    (parent, delivery) => traces.told(parent, delivery),
  )
  peers.answer(committedQuestion, ({ commit, traceId, spanId }: Committed) =>
    fanOut.committed(BigInt(commit), { traceId, spanId, traceFlags: 1 }),
  )
  const logger = logging.getLogger('cloudbox', version)
  const stops = [
    observer.trace(observation => {
      if (observation.operation.kind === 'delivery') fanOut.hear(observation)
      else traces.hear(observation)
    }),
    log.hear(line => logger.emit(toLogRecord(line))),
  ]
  return async () => {
    for (const stop of stops) stop()
    const ended = Promise.allSettled([tracing.shutdown(), logging.shutdown(), metering?.shutdown()])
    await Promise.race([ended, new Promise(resolve => setTimeout(resolve, lastWordsMs).unref())])
  }
}

function splitHeader(header: string): readonly [string, string] {
  const at = header.indexOf('=')
  return at === -1 ? [header, ''] : [header.slice(0, at).trim(), header.slice(at + 1).trim()]
}
