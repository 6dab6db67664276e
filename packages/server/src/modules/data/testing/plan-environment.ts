import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { Problem } from '../../../kernel/problem.ts'
import { applyStructure } from '../structure-plan/apply-structure.ts'
import { exportStructure } from '../structure-plan/export-structure.ts'
import { planStructure } from '../structure-plan/plan-structure.ts'
import type { RecordPlan } from '../structure-plan/run-plan.ts'
import type { Renames, Transforms } from '../structure-plan/structure-step.ts'
import { catalogOf } from './catalog-of.ts'
import type { TestEnvironment } from './test-environment.ts'

interface Options {
  readonly renames?: Renames
  readonly using?: Transforms
  readonly record?: RecordPlan
  readonly environment?: TestEnvironment['environment']
}

/** Makes an environment have these collections. */
export async function become(
  { db, deps, environment: usual }: TestEnvironment,
  wanted: readonly CollectionDefinition[],
  { renames, using, record, environment = usual }: Options = {},
) {
  const { collections, versions } = await exportStructure(db, environment)
  const steps = planStructure(collections, wanted, renames, using)
  return applyStructure(deps, environment, { steps, versions }, record)
}

/** Everything a plan may change: definitions, tables and rows, by the names of columns; order them as you like. */
export async function everything({ db, environment, run }: TestEnvironment) {
  const { collections } = await exportStructure(db, environment)
  const rows: string[] = []
  for (const { name, fields, flexible } of collections) {
    const columns = ['id', 'created_at', 'updated_at', ...Object.keys(fields)].map(field => `"${field}"`)
    const unknown = flexible ? ', extra_fields' : ''
    for (const row of await run(`select ${columns.join(', ')}${unknown} from @${name} order by id`))
      rows.push(`${name} ${JSON.stringify(row)}`)
  }
  return { definitions: JSON.stringify(collections), lines: [...(await catalogOf(db, environment)), ...rows] }
}

/** The problem some work ends with; another error is thrown on. */
export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Problem)) throw error
  return error
}
