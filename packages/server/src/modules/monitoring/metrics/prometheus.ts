import type { Labels, Metric } from './metrics.ts'

/**
 * Metrics as Prometheus reads them.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function writeMetrics(metrics: readonly Metric[]): string {
  return `${metrics.flatMap(linesOf).join('\n')}\n`
}

function linesOf(metric: Metric): string[] {
  const { name, type, help } = metric
  const values =
    metric.type === 'histogram'
      ? metric.points.flatMap(([labels, { bounds, counts, sum, count }]) => {
          let upTo = 0
          const buckets = counts.map((more, i) => {
            upTo += more
            return line(`${name}_bucket`, { ...labels, le: bounds[i] ?? '+Inf' }, upTo)
          })
          return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, count)]
        })
      : metric.points.map(([labels, value]) => line(name, labels, value))
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values]
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(String(text))}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
