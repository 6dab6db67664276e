import { ValueType, type HrTime } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { Metric } from '../../monitoring/module.ts'

interface ProducerOptions {
  readonly resource: Resource
  readonly version: string
  readMetrics(): Promise<readonly Metric[]>
}

/** What monitoring counts, in the form of the OpenTelemetry SDK; nothing is counted twice. */
export function metricProducer({ resource, version, readMetrics }: ProducerOptions): MetricProducer {
  const startTime = hrTime(performance.timeOrigin)
  return {
    async collect() {
      const metrics = await readMetrics()
      const endTime = hrTime(Date.now())
      return {
        resourceMetrics: {
          resource,
          scopeMetrics: [
            {
              scope: { name: 'cloudbox', version },
              metrics: metrics.map(metric => toMetricData(metric, { startTime, endTime })),
            },
          ],
        },
        errors: [],
      }
    },
  }
}

/** A metric as the SDK has it: everything counts from the start of the server. */
export function toMetricData(
  metric: Metric,
  times: Pick<DataPoint<number>, 'startTime' | 'endTime'>,
): MetricData {
  const { name, help } = metric
  const base = {
    descriptor: { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  if (metric.type === 'histogram')
    return {
      ...base,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: metric.points.map(([attributes, { bounds, counts, sum, count }]) => ({
        ...times,
        attributes,
        value: { buckets: { boundaries: [...bounds], counts: [...counts] }, sum, count },
      })),
    }
  const dataPoints = metric.points.map(([attributes, value]) => ({ ...times, attributes, value }))
  return metric.type === 'counter'
    ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...base, dataPointType: DataPointType.GAUGE, dataPoints }
}

/** Prometheus names end in their unit, OpenTelemetry keeps it apart as well (UCUM). */
function unitOf(name: string): string {
  const bare = name.replace(/_total$/, '')
  if (bare.endsWith('_seconds')) return 's'
  return bare.endsWith('_bytes') ? 'By' : ''
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
}
