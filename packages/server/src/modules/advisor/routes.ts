import { advisorProblems, IndexReport } from '@cloudbox/protocol/advisor'
import { Type } from 'typebox'
import { Problem } from '../../kernel/problem.ts'
import { route, type Route } from '../../kernel/route.ts'
import { adviseIndexes, type AdvisorDeps } from './indexes/advise-indexes.ts'
import { repairIndex } from './indexes/repair-index.ts'

export function advisorRoutes(deps: AdvisorDeps): Route[] {
  return [
    route(
      'GET /advisor/indexes',
      {
        summary: 'Say which indexes are missing, needless or broken',
        description:
          'Looks at the statements Postgres has counted, makes the indexes that may help on a copy of the documents and tells which make a statement at least twice as cheap, with the statements they serve.',
        access: 'secret',
        permission: 'collections.read',
        reply: IndexReport,
      },
      async ({ environment }) => ({ json: await adviseIndexes(deps, environment) }),
    ),
    route(
      'POST /advisor/indexes/repair',
      {
        summary: 'Make a broken index anew',
        description: 'Reads and writes go on meanwhile.',
        access: 'secret',
        permission: 'collections.change',
        body: Type.Object(
          { index: Type.String({ minLength: 1, maxLength: 63 }) },
          { additionalProperties: false },
        ),
        problems: [advisorProblems['unknown-index']],
      },
      async ({ environment, body: { index } }) => {
        if (!(await repairIndex(deps.db, environment.schema, index)))
          throw new Problem(advisorProblems['unknown-index'], `There is no broken index ${index}.`)
        return { status: 204 }
      },
    ),
  ]
}
