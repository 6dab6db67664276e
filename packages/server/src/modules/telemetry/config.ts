import { Type, type Static } from 'typebox'

/** Settings of telemetry. */
export const telemetryConfig = Type.Object({
  otlpUrl: Type.String({
    default: '',
    description: 'Where traces, metrics and logs are sent by OTLP over HTTP, e.g. http://localhost:4318.',
  }),
  otlpHeaders: Type.String({
    default: '',
    list: true,
    description: 'Headers sent along, as name=value with commas between.',
  }),
  serviceName: Type.String({
    default: 'cloudbox',
    description: 'What the server is called there.',
  }),
  tracePercent: Type.Integer({
    default: 5,
    minimum: 0,
    maximum: 100,
    description:
      'How many of 100 requests are traced; those that failed, were slow or belong to a trace always are.',
  }),
  tracesPerSecond: Type.Integer({
    default: 50,
    minimum: 1,
    description:
      'Requests that a process traces in a second at the most, and as many again of those that failed or were slow.',
  }),
  slowMs: Type.Integer({
    default: 500,
    minimum: 1,
    description: 'Requests that take longer are traced.',
  }),
  metricsSeconds: Type.Integer({
    default: 60,
    minimum: 1,
    maximum: 3600,
    description: 'Seconds between two metrics.',
  }),
  logRequests: Type.Enum(['none', 'failed', 'refused', 'all'], {
    default: 'failed',
    description:
      'Requests that get a line in the log: `failed` those with 5xx, `refused` also those with 4xx.',
  }),
  logFile: Type.String({
    default: '',
    description: 'A file that gets the log as well, as lines of JSON.',
  }),
  logFileMegabytes: Type.Integer({
    default: 100,
    minimum: 1,
    description: 'Size at which that file is put aside.',
  }),
  logFilesKept: Type.Integer({
    default: 5,
    minimum: 1,
    maximum: 1000,
    description: 'Files put aside that are kept.',
  }),
})
export type TelemetryConfig = Static<typeof telemetryConfig>
