import type { Problem } from './problem.ts'

/** What an error of Postgres means to a caller; undefined when it means a bug. */
export function toProblem(_error: unknown): Problem | undefined {
  return undefined
}
