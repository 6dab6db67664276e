import { dataProblems } from '@cloudbox/protocol/data'
import { toPgError } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'

/**
 * The answer of a request that only reads. What it stores cannot be too large: a number that is was made by its query.
 *
 * @throws Problem `data/invalid-query`
 */
export async function reading(answer: Promise<Reply>): Promise<Reply> {
  try {
    return await answer
  } catch (error) {
    if (toPgError(error)?.code !== '22003') throw error
    throw new Problem(dataProblems['invalid-query'], 'A number in the answer is too large for its type.', {
      hint: 'A cast or an aggregate makes it; those of decimals have room: field::decimal.sum().',
      errors: [{ at: '?select', message: 'a number it makes is too large for its type' }],
      cause: error,
    })
  }
}
