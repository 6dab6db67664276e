import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace as traceApi,
  TraceFlags,
  type Attributes,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import type { Observation } from '../../../kernel/observation.ts'
import type { Step } from '../../../kernel/trace.ts'
import { maskSql } from '../../../lib/mask-sql.ts'
import type { TelemetryConfig } from '../config.ts'

interface TracesOptions {
  readonly tracer: Tracer
  readonly config: Pick<TelemetryConfig, 'tracePercent' | 'tracesPerSecond' | 'slowMs'>
  /** Number of this process among those that answer requests. */
  readonly worker: number | undefined
  /** A request was traced whose commit may be told to others, perhaps by another process. */
  committed(commit: bigint, parent: SpanContext): void
  /** From 0 to 1. */
  random(): number
}

/** Of `performance.now()`, as ms since 1970. */
const dated = (steadyMs: number) => performance.timeOrigin + steadyMs

/**
 * Makes spans of requests: the request itself, what was planned of policies and queries, each statement. Whether it is
 * worth a trace is decided when it is over, so that none that failed is missed.
 */
export class Traces {
  readonly #options: TracesOptions
  #second = 0
  /** Those that failed or were slow, and all others: what callers ask for takes nothing from what has to be told. */
  readonly #inSecond = { telling: 0, others: 0 }

  constructor(options: TracesOptions) {
    this.#options = options
  }

  hear(observation: Observation): void {
    const { trace, operation } = observation
    if (trace === undefined || operation.kind !== 'request') return
    const parent = trace.parent === undefined ? null : parseTraceParent(trace.parent)
    if (!this.#isWanted(observation, parent)) return
    const span = this.#begin(observation, parent)
    const below = traceApi.setSpan(ROOT_CONTEXT, span)
    for (const step of trace.steps) {
      const { name, attributes } = describe(step)
      const kind = step.kind === 'sql' ? SpanKind.CLIENT : SpanKind.INTERNAL
      this.#options.tracer
        .startSpan(name, { kind, attributes, startTime: dated(step.startedAtMs) }, below)
        .end(dated(step.startedAtMs + step.durationMs))
    }
    span.end(dated(observation.startedAtMs + observation.durationMs))
    if (observation.commit !== undefined) this.#options.committed(observation.commit, span.spanContext())
  }

  /** Somebody was told of a commit that a traced request has made. */
  told(parent: SpanContext, { operation, environment, times, durationMs, startedAtMs }: Observation): void {
    const { tracer, worker } = this.#options
    const attributes = {
      'messaging.operation.type': 'send',
      'messaging.destination.name': operation.name,
      'messaging.batch.message_count': times,
      ...placeOf(environment),
      ...(worker === undefined ? {} : { 'cloudbox.worker': worker }),
    }
    // It is told of when it is over.
    const end = dated(startedAtMs)
    const context = traceApi.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })
    tracer
      .startSpan(
        `deliver ${operation.name}`,
        { kind: SpanKind.PRODUCER, attributes, startTime: end - durationMs },
        context,
      )
      .end(end)
  }

  #begin(observation: Observation, parent: SpanContext | null): Span {
    const { operation, environment, status, code } = observation
    const [method = '', route = ''] = operation.name.split(' ')
    const attributes: Attributes = {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'http.request.body.size': observation.bytesIn,
      'http.response.body.size': observation.bytesOut,
      'cloudbox.request_id': observation.requestId,
      'cloudbox.caller': observation.caller,
      'cloudbox.database_ms': observation.databaseMs,
      ...placeOf(environment),
      ...(code === undefined ? {} : { 'error.type': code }),
    }
    const context = parent === null ? ROOT_CONTEXT : traceApi.setSpanContext(ROOT_CONTEXT, parent)
    const span = this.#options.tracer.startSpan(
      operation.name,
      { kind: SpanKind.SERVER, attributes, startTime: dated(observation.startedAtMs) },
      context,
    )
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: code ?? '' })
    return span
  }

  #isWanted({ status, durationMs, startedAtMs }: Observation, parent: SpanContext | null): boolean {
    const { tracePercent, tracesPerSecond, slowMs } = this.#options.config
    const isFollowed = parent !== null && (parent.traceFlags & TraceFlags.SAMPLED) !== 0
    const isTelling = status >= 500 || durationMs >= slowMs
    if (!isFollowed && !isTelling && this.#options.random() * 100 >= tracePercent) return false
    const second = Math.floor((startedAtMs + durationMs) / 1000)
    if (second !== this.#second) {
      this.#second = second
      Object.assign(this.#inSecond, { telling: 0, others: 0 })
    }
    return ++this.#inSecond[isTelling ? 'telling' : 'others'] <= tracesPerSecond
  }
}

function placeOf(environment: Observation['environment']): Attributes {
  if (environment === undefined) return {}
  return { 'cloudbox.project': environment.project, 'cloudbox.environment': environment.name }
}

function describe({ kind, what, rows }: Step): { name: string; attributes: Attributes } {
  if (kind === 'policy') return { name: `policy ${what}`, attributes: {} }
  const { text } = maskSql(what)
  const word = /^\w+/.exec(text)?.[0].toUpperCase() ?? 'SQL'
  const attributes = {
    'db.system.name': 'postgresql',
    'db.query.text': text,
    'db.response.returned_rows': rows,
  }
  return { name: word, attributes }
}
