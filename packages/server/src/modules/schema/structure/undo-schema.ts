import { dataProblems } from '@cloudbox/protocol/data'
import type { SchemaApplied } from '@cloudbox/protocol/schema-replies'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { AuthoredDeps } from '../deps.ts'
import { readApplied } from '../history/applied.ts'
import { showStep } from '../show-step.ts'

/**
 * Takes a plan back, with what it threw away.
 * @throws Problem `data/cannot-undo`, also of a plan that a migration made
 */
export async function undoSchema(
  { db, data, author }: AuthoredDeps,
  environment: Environment,
  plan: string,
): Promise<SchemaApplied> {
  const applied = await readApplied(db, environment.schema)
  const migration = applied.find(({ done }) => done?.includes(plan))
  if (migration !== undefined)
    throw new Problem(
      dataProblems['cannot-undo'],
      `Plan ${plan} belongs to the migration ${migration.name}.`,
      { hint: 'Take the migration back: cloudbox migrate down.' },
    )
  const undone = await data.undoStructure(environment, plan, async (tx, outcome) => {
    const after = { undoes: plan, steps: outcome.steps.map(({ sentence }) => sentence) }
    await author.record(tx, { action: 'schema.undone', subject: outcome.id, after })
  })
  return { plan: undone.id, steps: undone.steps.map(showStep) }
}
