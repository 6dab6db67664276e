import { schemaProblems } from '@cloudbox/protocol/schema'
import type { MigratedDown } from '@cloudbox/protocol/schema-replies'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { describeStep, inverseOf, StepProblem, type StructureSession } from '../../data/module.ts'
import type { AuthoredDeps } from '../deps.ts'
import { forgetApplied, readApplied, type Applied } from '../history/applied.ts'
import { foldApplied } from '../history/drift.ts'
import { toParts } from '../operations/to-parts.ts'
import { runSql } from '../sql/run-sql.ts'
import { failed } from './failed.ts'
import { refuseUnfinished } from './migrate-up.ts'
import { settle } from './online.ts'

/**
 * Takes back the migrations that were applied last, each in one transaction, and with what they threw away.
 * @throws Problem `schema/no-way-back` before anything is done, or what keeps one from being taken back
 */
export async function migrateDown(
  deps: AuthoredDeps,
  environment: Environment,
  count: number,
): Promise<MigratedDown> {
  const applied = await settle(deps, environment)
  refuseUnfinished(applied)
  const last = applied.slice(-count).toReversed()
  last.forEach(refuseOneWay)
  const undone: string[] = []
  for (const migration of last)
    if (await undoMigration(deps, environment, migration)) undone.push(migration.name)
  return { undone }
}

/** SQL of migrations, which operators and keys need another permission for. */
export function hasSql(migrations: readonly Pick<Applied, 'operations'>[]): boolean {
  return migrations.some(({ operations }) => operations.some(operation => operation.do === 'sql'))
}

function refuseOneWay({ name, operations }: Applied): void {
  const i = operations.findIndex(operation => operation.do === 'sql' && operation.down === undefined)
  if (i === -1) return
  const message = 'this SQL does not say how it is taken back'
  throw new Problem(schemaProblems['no-way-back'], `${name}, operation ${i + 1}: ${message}.`, {
    errors: [{ at: `/migrations/${name}/operations/${i}/down`, message }],
  })
}

/** @returns false where another request was faster */
async function undoMigration(
  { data, author }: AuthoredDeps,
  environment: Environment,
  migration: Applied,
): Promise<boolean> {
  let at: number | undefined
  try {
    return await data.changeStructure(
      environment,
      async session => {
        at = undefined
        const applied = await readApplied(session.tx, environment.schema)
        if (applied.at(-1)?.name !== migration.name) return false
        for (const step of waysBack(data.emptyStructure, applied)) {
          at = step.operation
          await step.run(session, environment)
        }
        at = undefined
        await forgetApplied(session.tx, environment.schema, migration.name)
        return true
      },
      async (tx, isDone) => {
        if (!isDone) return
        const before = { hash: migration.hash }
        await author.record(tx, { action: 'migration.undone', subject: migration.name, before })
      },
      { isAlone: hasSql([migration]) },
    )
  } catch (error) {
    const problem = error instanceof StepProblem ? error.inner : error
    if (!(problem instanceof Problem)) throw error
    throw at === undefined ? problem : failed(migration, at, problem)
  }
}

interface WayBack {
  readonly operation: number
  run(session: StructureSession, environment: Environment): Promise<unknown>
}

/** What takes the last of the applied migrations back, in order. */
function waysBack(start: Parameters<typeof foldApplied>[0], applied: readonly Applied[]): WayBack[] {
  const migration = applied.at(-1)!
  const { operations, done } = migration
  const sqlBack = (operation: number): WayBack => ({
    operation,
    run: async ({ tx }, environment) => {
      const sql = operations[operation]
      if (sql?.do === 'sql' && sql.down!.trim() !== '') await runSql(tx, environment, sql.down!)
    },
  })
  if (done !== null)
    return done
      .map((part): WayBack =>
        typeof part === 'number' ? sqlBack(part) : { operation: 0, run: session => session.undo(part) },
      )
      .toReversed()
  // Nothing was thrown away here: what it made is turned round.
  const { structure } = foldApplied(start, applied.slice(0, -1))
  return toParts(structure, migration)
    .parts.map((part): WayBack => {
      if (part.kind === 'sql') return sqlBack(part.operation)
      const steps = part.steps.toReversed().map(step => describeStep(inverseOf(step)))
      return { operation: part.operations[0]!, run: session => session.apply(steps) }
    })
    .toReversed()
}
