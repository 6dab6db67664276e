import type { MigrationOperation, Migration } from '@cloudbox/protocol/schema'
import { schemaProblems } from '@cloudbox/protocol/schema'
import { Problem } from '../../../kernel/problem.ts'

/** Problems that pass by themselves: they are told as they are. */
const passing = ['data/collection-busy', 'data/too-slow']

/** A problem of one operation of a migration, told with the migration and the operation. */
export function failed(migration: Migration, i: number, problem: Problem): Problem {
  if (passing.includes(problem.code)) return problem
  const operation = migration.operations[i]!
  const place = `/migrations/${migration.name}/operations/${i}`
  const { message, hint, errors = [{ at: '', message }] } = problem
  return new Problem(
    schemaProblems['migration-failed'],
    `${migration.name}, operation ${i + 1} (${labelOf(operation)}): ${message}`,
    {
      hint: hint === undefined ? undefined : `${hint} Nothing of ${migration.name} was done.`,
      errors: errors.map(detail => ({
        ...detail,
        at: `${place}${detail.at === '' || detail.at.startsWith('/') ? '' : '/'}${detail.at}`,
      })),
      cause: problem,
    },
  )
}

function labelOf(operation: MigrationOperation): string {
  if (operation.do === 'sql') return 'sql'
  const collection = operation.do === 'create-collection' ? operation.definition.name : operation.collection
  const part = 'field' in operation ? `.${operation.field}` : ''
  return `${operation.do} ${collection}${part}`
}
