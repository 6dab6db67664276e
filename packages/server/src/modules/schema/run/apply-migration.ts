import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { StepProblem, toStructure, type StructureSession } from '../../data/module.ts'
import type { AuthoredDeps } from '../deps.ts'
import { noteApplied, readApplied, type Applied } from '../history/applied.ts'
import type { Compared } from '../history/compare.ts'
import { foldApplied } from '../history/drift.ts'
import { toParts, type ReadMigration } from '../operations/to-parts.ts'
import { runSql } from '../sql/run-sql.ts'
import { refuseRequiredCircle } from '../structure/required-circle.ts'
import { applyWhole } from '../structure/apply-schema.ts'
import { failed } from './failed.ts'

/** What has become of a migration; undefined where another request was faster. */
export type Outcome = { readonly name: string; readonly done: Applied['done'] } | undefined

/**
 * Applies one migration: all it does is one transaction with its row and its entry in the audit.
 * @throws Problem `schema/migration-failed`, `schema/invalid-migration`, `schema/structure-drifted`
 */
export async function applyMigration(
  { data, author }: AuthoredDeps,
  environment: Environment,
  migration: Compared,
): Promise<Outcome> {
  const { schema } = environment
  let at: number | undefined
  let stepsAt: readonly number[] = []
  const run = async (session: StructureSession): Promise<Outcome> => {
    at = undefined
    const applied = await readApplied(session.tx, schema)
    if (applied.some(({ name }) => name === migration.name)) return undefined
    const { collections } = await session.structure()
    const { parts, structure } = fit(data.emptyStructure, applied, { collections, migration })
    refuseRequiredCircle(collections, [...structure.values()])
    const done: (string | number)[] = []
    for (const part of parts) {
      if (part.kind === 'sql') {
        at = part.operation
        await runSql(session.tx, environment, part.up)
        done.push(part.operation)
      } else {
        at = part.operations[0]
        stepsAt = part.operations
        done.push((await applyWhole(session, part.steps)).id)
      }
    }
    at = undefined
    await noteApplied(session.tx, schema, { ...migration, done })
    return { name: migration.name, done }
  }
  try {
    return await data.changeStructure(
      environment,
      run,
      async (tx, outcome) => {
        if (outcome === undefined) return
        const after = { hash: migration.hash, operations: migration.operations.length }
        await author.record(tx, { action: 'migration.applied', subject: migration.name, after })
      },
      { isAlone: migration.operations.some(operation => operation.do === 'sql') },
    )
  } catch (error) {
    if (error instanceof StepProblem) throw failed(migration, stepsAt[error.step]!, error.inner)
    throw error instanceof Problem && at !== undefined ? failed(migration, at, error) : error
  }
}

/** Notes one that does what is there already. */
export async function takeOver(
  { data, author }: AuthoredDeps,
  environment: Environment,
  migration: Compared,
): Promise<Outcome> {
  return data.changeStructure(
    environment,
    async ({ tx }): Promise<Outcome> => {
      const applied = await readApplied(tx, environment.schema)
      if (applied.some(({ name }) => name === migration.name)) return undefined
      await noteApplied(tx, environment.schema, { ...migration, done: null })
      return { name: migration.name, done: null }
    },
    async (tx, outcome) => {
      if (outcome === undefined) return
      const after = { hash: migration.hash, operations: 0 }
      await author.record(tx, { action: 'migration.applied', subject: migration.name, after })
    },
  )
}

/**
 * Reads a migration for the structure there is.
 * @throws Problem `schema/structure-drifted` where it would fit what the migrations before it make
 */
export function fit(
  start: ReadMigration['structure'],
  applied: readonly Applied[],
  {
    collections,
    migration,
  }: { readonly collections: Parameters<typeof toStructure>[0]; readonly migration: Compared },
): ReadMigration {
  try {
    return toParts(toStructure(collections), migration)
  } catch (error) {
    if (!(error instanceof Problem) || !wouldFit(foldApplied(start, applied).structure, migration))
      throw error
    throw new Problem(
      schemaProblems['structure-drifted'],
      `${error.message} The structure was changed without migrations.`,
      { errors: error.errors, cause: error },
    )
  }
}

function wouldFit(structure: ReadMigration['structure'], migration: Compared): boolean {
  try {
    toParts(structure, migration)
    return true
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return false
  }
}
