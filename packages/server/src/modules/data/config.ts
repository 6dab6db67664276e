import { Type, type Static } from 'typebox'

/** Settings of the data module. */
export const dataConfig = Type.Object({
  idempotencyHours: Type.Integer({
    default: 24,
    minimum: 1,
    maximum: 8760,
    description: 'Hours an answer is kept for repetitions of its request.',
  }),
  maxExports: Type.Integer({
    default: 4,
    minimum: 0,
    maximum: 100,
    description: 'Exports (NDJSON, CSV) at the same time; each holds a connection to Postgres.',
  }),
  exportTimeoutMs: Type.Integer({
    default: 600_000,
    minimum: 1000,
    description: 'Longest time an export may take.',
  }),
})
export type DataConfig = Static<typeof dataConfig>
