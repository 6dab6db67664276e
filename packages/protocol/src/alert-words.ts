/** Alerts in words for people: the same in mails, messages and the console. */
import type { AlertCondition } from './alerts.ts'
import { metrics, type Metric } from './metrics.ts'

const names: Readonly<Record<Metric, string>> = {
  count: 'number',
  errors: 'failed',
  refused: 'refused',
  errorRate: 'share that failed',
  mean: 'mean duration',
  p50: 'median duration',
  p95: '95th percentile of durations',
  p99: '99th percentile of durations',
  database: 'time waiting for the database',
  databaseShare: 'share of time in the database',
  rows: 'rows read',
  bytesIn: 'bytes in',
  bytesOut: 'bytes out',
  connections: 'live connections',
  subscriptions: 'live queries',
  storage: 'storage',
  poolBusy: 'busy connections to Postgres',
  poolWaiting: 'statements waiting for a connection',
  eventLoop: 'longest pause of the event loop',
  memory: 'memory',
  slotLag: 'log kept for the change stream',
}
const nouns = {
  request: 'requests',
  delivery: 'deliveries',
  account: 'what happened to accounts',
  job: 'jobs',
  function: 'functions',
} as const
const sums = new Set<Metric>(['count', 'errors', 'refused', 'database', 'rows', 'bytesIn', 'bytesOut'])

/** Name of a figure alone: `share that failed`. */
export function metricName(metric: Metric): string {
  return names[metric]
}

/** Name of a figure and what it is of: `requests: share that failed`. */
export function metricText(metric: Metric, of: keyof typeof nouns = 'request'): string {
  return metrics[metric].ofOperations ? `${nouns[of]}: ${names[metric]}` : names[metric]
}

/** A figure with its unit: `5 %`, `320 ms`, `12 a minute`. */
export function figureText(condition: AlertCondition, value: number): string {
  if (condition.kind === 'burn-rate') return `${plain(value)}× of what the budget allows`
  const { unit } = metrics[condition.metric]
  const each = sums.has(condition.metric) ? ' a minute' : ''
  switch (unit) {
    case 'share':
      return `${plain(value * 100)} %`
    case 'ms':
      return `${plain(value)} ms${each}`
    case 'bytes':
      return `${bytes(value)}${each}`
    case 'count':
      return `${plain(value)}${each}`
  }
}

/** What is watched: `requests: share that failed above 5 % for 5 minutes`. */
export function conditionText(condition: AlertCondition): string {
  const only = condition.operation === undefined ? '' : ` (${condition.operation})`
  if (condition.kind === 'burn-rate') {
    const good = `at least ${plain(condition.target * 100)} % of requests${only}`
    return condition.bad === 'failed'
      ? `${good} succeed over 30 days`
      : `${good} take at most ${plain(condition.slowMs ?? 0)} ms over 30 days`
  }
  const { metric, of, is, value, minutes } = condition
  const span = minutes === 0 ? '' : ` for ${minutes === 1 ? 'a minute' : `${minutes} minutes`}`
  return `${metricText(metric, of)}${only} ${is} ${figureText(condition, value)}${span}`
}

/** How long something took: `40 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** As many digits as anybody reads. */
function plain(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value >= 1000 ? 0 : 3 })
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let left = value
  let unit = 0
  for (; left >= 1000 && unit < units.length - 1; unit++) left /= 1000
  return `${plain(left)} ${units[unit]}`
}
