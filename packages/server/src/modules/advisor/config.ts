import { Type } from 'typebox'

export const advisorConfig = Type.Object({
  slowReadMs: Type.Integer({
    default: 100,
    minimum: 1,
    description: 'In dev environments, a list that takes longer says in a header which index would help.',
  }),
})
