/** Figures of monitoring as plain data, for whoever does without schemas. */

interface MetricKind {
  /** What the values are; `count` and `bytes` are sums over the step, `share` is from 0 to 1. */
  readonly unit: 'count' | 'ms' | 'bytes' | 'share'
  /** Counted for each operation, so that it can be asked `by=operation`; what is not is a level. */
  readonly ofOperations: boolean
  readonly title: string
}

/** Everything a series can be asked for. */
export const metrics = {
  count: {
    unit: 'count',
    ofOperations: true,
    title: 'How often it was done; of requests how many there were',
  },
  errors: { unit: 'count', ofOperations: true, title: 'Ended with a fault of the server (5xx)' },
  refused: { unit: 'count', ofOperations: true, title: 'Refused (4xx)' },
  errorRate: { unit: 'share', ofOperations: true, title: 'Share that ended with a fault of the server' },
  mean: { unit: 'ms', ofOperations: true, title: 'Mean duration' },
  p50: { unit: 'ms', ofOperations: true, title: 'Half of them took at most this long' },
  p95: { unit: 'ms', ofOperations: true, title: '95 of 100 took at most this long' },
  p99: { unit: 'ms', ofOperations: true, title: '99 of 100 took at most this long' },
  database: { unit: 'ms', ofOperations: true, title: 'Time spent waiting for statements, all together' },
  databaseShare: { unit: 'share', ofOperations: true, title: 'That time as a share of the durations' },
  rows: { unit: 'count', ofOperations: true, title: 'Rows that statements answered' },
  bytesIn: { unit: 'bytes', ofOperations: true, title: 'Bytes of bodies that came in' },
  bytesOut: { unit: 'bytes', ofOperations: true, title: 'Bytes of bodies that went out' },
  connections: { unit: 'count', ofOperations: false, title: 'Open connections of live queries' },
  subscriptions: { unit: 'count', ofOperations: false, title: 'Live queries' },
  storage: { unit: 'bytes', ofOperations: false, title: 'Size of the tables and indexes of the environment' },
  poolBusy: {
    unit: 'count',
    ofOperations: false,
    title: 'Connections to Postgres that are in use, of the server',
  },
  poolWaiting: {
    unit: 'count',
    ofOperations: false,
    title: 'Statements that wait for a connection, of the server',
  },
  eventLoop: {
    unit: 'ms',
    ofOperations: false,
    title: 'Longest time the event loop was held up, of the server',
  },
  memory: { unit: 'bytes', ofOperations: false, title: 'Memory of all processes of the server' },
  slotLag: { unit: 'bytes', ofOperations: false, title: 'Log that Postgres keeps for the change stream' },
} as const satisfies Record<string, MetricKind>
export type Metric = keyof typeof metrics
export const metricNames = Object.keys(metrics) as Metric[]
