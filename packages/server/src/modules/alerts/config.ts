import { Type, type Static } from 'typebox'

/** Settings of alerts. */
export const alertsConfig = Type.Object({
  heartbeatUrl: Type.String({
    default: '',
    description:
      'Asked with POST as long as rules are judged, so that somebody else notices when they are not.',
  }),
  heartbeatMs: Type.Integer({
    default: 60_000,
    minimum: 10_000,
    maximum: 3_600_000,
    description: 'Time from one heartbeat to the next.',
  }),
  mostRules: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 10_000,
    description: 'Rules of an environment.',
  }),
  mostChannels: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 1000,
    description: 'Channels of an environment.',
  }),
  mostSilences: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 10_000,
    description: 'Silences of an environment that are not over.',
  }),
  keptDays: Type.Integer({
    default: 400,
    minimum: 1,
    maximum: 4000,
    description: 'Days for which incidents that are over are kept.',
  }),
})
export type AlertsConfig = Static<typeof alertsConfig>
