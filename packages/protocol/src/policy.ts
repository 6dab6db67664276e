import { defineProblems } from './problem.ts'

/** Problems of CEL expressions: policies, `where=` filters, computed fields. */
export const policyProblems = defineProblems('policy', {
  'invalid-expression': { status: 422, title: 'The expression is not valid CloudBox CEL' },
  'unnamed-public': {
    status: 422,
    title: 'A policy that lets everyone in must say so',
    hint: 'Write public("reason") instead of true.',
  },
})
