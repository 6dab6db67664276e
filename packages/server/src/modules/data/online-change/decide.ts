import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql, type Sql } from '../../../kernel/sql.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import { finishCancel } from './finish-cancel.ts'
import { findChange, lockChange, onlineChangeMoved, updateChange } from './changes-table.ts'
import type { ChangeState, OnlineChange } from './online-change.ts'
import { interruptRunner } from './session.ts'
import type { RecordChange } from './start-change.ts'

/** Lets a change rest; what it has done stays. */
export async function pauseChange(
  db: Database,
  environment: Environment,
  change: string,
  record?: RecordChange,
): Promise<OnlineChange> {
  return decide(db, environment, change, {
    from: ['running', 'failed'],
    set: () => sql`state = 'paused'`,
    record,
  })
}

/** Lets a change that rests or has failed go on. `setNull`: what is in its quarantine becomes nothing. */
export async function resumeChange(
  db: Database,
  environment: Environment,
  change: string,
  { setNull = false }: { readonly setNull?: boolean } = {},
  record?: RecordChange,
): Promise<OnlineChange> {
  return decide(db, environment, change, {
    from: ['running', 'paused', 'failed'],
    set: ({ step }) => {
      if (setNull && step.kind === 'change-field' && step.after.required)
        throw new Problem(
          schemaProblems['change-over'],
          `${step.field} will be required: what is in the quarantine cannot become nothing.`,
          { hint: 'Write those documents, or give each of them a value.' },
        )
      return sql`state = 'running', error = null, sets_null = sets_null or ${setNull}`
    },
    record,
  })
}

/**
 * Takes a change back: the table is what it was, with everything that was written meanwhile. Once the new values have taken
 * their place there is a plan to be undone instead.
 */
export async function cancelChange(
  deps: StructureDeps & { readonly db: Database },
  environment: Environment,
  change: string,
  record?: RecordChange,
): Promise<OnlineChange> {
  // Known first, so that whoever runs it does no more, and so that it is taken back even if this process ends now.
  await decide(deps.db, environment, change, {
    from: ['running', 'paused', 'failed'],
    set: ({ phase, plan }) => {
      if (phase !== 'archive') return sql`is_cancelling = true`
      throw new Problem(
        schemaProblems['change-over'],
        `Change ${change} has taken place, as plan ${plan}; its old values are moving to the trash.`,
        { hint: 'Undo it once it is done: cloudbox migrate down.' },
      )
    },
    record,
  })
  await interruptRunner(deps.db, environment.schema, change)
  await finishCancel(deps, environment, change)
  return findChange(deps.db, environment, change)
}

interface Decision {
  readonly from: readonly ChangeState[]
  set(change: OnlineChange): Sql
  readonly record: RecordChange | undefined
}

async function decide(
  db: Database,
  environment: Environment,
  change: string,
  { from, set, record }: Decision,
): Promise<OnlineChange> {
  return db.transaction(async (tx: Tx) => {
    const now = await lockChange(tx, environment, change)
    if (!from.includes(now.state))
      throw new Problem(schemaProblems['change-over'], `Change ${change} is ${now.state}.`)
    await updateChange(tx, environment.schema, change, [set(now)])
    await tx.emit(onlineChangeMoved, { environmentId: environment.id, change })
    const decided = await findChange(tx, environment, change)
    await record?.(tx, decided)
    return decided
  })
}
