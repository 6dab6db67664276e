import { Type, type Static } from 'typebox'

/** Settings of monitoring. */
export const monitoringConfig = Type.Object({
  recording: Type.Boolean({
    default: true,
    description: 'Count requests and keep those that failed or were slow.',
  }),
  secondsHours: Type.Integer({
    default: 2,
    minimum: 2,
    maximum: 168,
    description: 'Hours for which windows of ten seconds are kept.',
  }),
  minutesDays: Type.Integer({
    default: 3,
    minimum: 1,
    maximum: 90,
    description: 'Days for which windows of a minute are kept.',
  }),
  hoursDays: Type.Integer({
    default: 400,
    minimum: 1,
    maximum: 4000,
    description: 'Days for which windows of an hour are kept.',
  }),
  slowMs: Type.Integer({
    default: 500,
    minimum: 1,
    description: 'Requests that take longer are kept whole.',
  }),
  refusedPercent: Type.Integer({
    default: 1,
    minimum: 0,
    maximum: 100,
    description: 'How many of 100 refused requests (4xx) are kept whole.',
  }),
  keptPerMinute: Type.Integer({
    default: 6,
    minimum: 0,
    maximum: 1000,
    description: 'Requests of an environment kept whole in a minute for each reason (failed, slow, refused).',
  }),
  keptDays: Type.Integer({
    default: 14,
    minimum: 1,
    maximum: 400,
    description: 'Days for which requests are kept whole.',
  }),
  keptMost: Type.Integer({
    default: 20_000,
    minimum: 1,
    description: 'Requests of an environment kept whole at the most; the oldest go first.',
  }),
  metricsToken: Type.String({
    default: '',
    description: 'Who shows it as a bearer token reads /metrics; without one only this machine may.',
  }),
})
export type MonitoringConfig = Static<typeof monitoringConfig>
