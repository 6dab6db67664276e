import { Type } from 'typebox'

/** Settings of the data module. */
export const dataConfig = Type.Object({
  idempotencyHours: Type.Integer({
    default: 24,
    minimum: 1,
    maximum: 8760,
    description: 'Hours an answer is kept for repetitions of its request.',
  }),
})
