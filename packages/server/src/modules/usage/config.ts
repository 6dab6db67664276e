import { Type, type Static } from 'typebox'

/** Settings of usage. */
export const usageConfig = Type.Object({
  counting: Type.Boolean({
    default: true,
    description: 'Count requests, data, users and visitors by day, without anything about anybody.',
  }),
  keptDays: Type.Integer({
    default: 760,
    minimum: 31,
    maximum: 4000,
    description: 'Days for which the counts of a day, a week or a month are kept.',
  }),
})
export type UsageConfig = Static<typeof usageConfig>
