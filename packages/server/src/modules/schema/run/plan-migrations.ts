import type { MigrationsPlan, MigrationsPlanBody, PlannedSchemaStep } from '@cloudbox/protocol/schema-replies'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { toStructure, type Structure, type StructureStep } from '../../data/module.ts'
import type { SchemaDeps } from '../deps.ts'
import type { Applied } from '../history/applied.ts'
import { compare, type Compared } from '../history/compare.ts'
import { alreadyThere, foldApplied } from '../history/drift.ts'
import { toParts } from '../operations/to-parts.ts'
import { showStep } from '../show-step.ts'
import { told } from '../told.ts'
import { fit } from './apply-migration.ts'
import { failed } from './failed.ts'
import { settle } from './online.ts'
import { isOnline } from './refuse-online.ts'
import { saferWay } from './safer-way.ts'

interface Planned {
  readonly migration: Compared
  readonly isTakenOver: boolean
  readonly steps: PlannedSchemaStep[]
}

/** A step that can be rehearsed, and where it is told. */
interface Rehearsable {
  readonly step: StructureStep
  readonly planned: Planned
  readonly operation: number
  readonly index: number
}

/** What applying would do, step by step, and what stands in its way. Nothing is changed. */
export async function planMigrations(
  deps: SchemaDeps,
  environment: Environment,
  { migrations: files, rehearse = false }: MigrationsPlanBody,
): Promise<MigrationsPlan> {
  const { data } = deps
  const applied = await settle(deps, environment)
  const { migrations, problems: found } = compare(files, applied)
  const problems = [...found]
  const { collections } = await data.exportStructure(environment)
  const pending = migrations.filter(({ state }) => state === 'pending')
  const isUnderWay = applied.some(({ state }) => state !== 'applied')
  // Until that one has taken its place, what takes it back looks as if it were there.
  const there = isUnderWay ? 0 : alreadyThere(collections, foldApplied(data.emptyStructure, applied), pending)
  const planned: Planned[] = migrations.map(migration => {
    const place = pending.indexOf(migration)
    return { migration, isTakenOver: place >= 0 && place < there, steps: [] }
  })
  const rehearsable: Rehearsable[] = []
  let structure: Structure = toStructure(collections)
  let isRehearsed = rehearse
  try {
    for (const plan of planned) {
      if (await isOnItsWay(deps, environment, applied, plan.migration)) {
        structure = toParts(structure, plan.migration).structure
        // On a copy of now, what comes after it would meet what was before it.
        isRehearsed = false
      }
      if (plan.isTakenOver || plan.migration.state !== 'pending') continue
      isOnline(plan.migration)
      const read = fit(data.emptyStructure, applied, {
        collections: structure.values(),
        migration: plan.migration,
      })
      for (const part of read.parts) {
        if (part.kind === 'sql') {
          plan.steps.push(sqlStep(part.up))
          // What it does to documents is not known in a rehearsal, and what comes after may rely on it.
          isRehearsed = false
          continue
        }
        part.steps.forEach((step, i) => {
          const index = plan.steps.push(showStep(step)) - 1
          if (isRehearsed) rehearsable.push({ step, planned: plan, operation: part.operations[i]!, index })
        })
      }
      structure = read.structure
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    // Where the files do not fit together, what follows from it says nothing new.
    if (found.length === 0) problems.push(error)
  }
  problems.push(...(await measure(deps, environment, rehearsable)))
  return {
    migrations: planned.map(({ migration: { name, state }, isTakenOver, steps }) => ({
      name,
      state,
      ...(isTakenOver ? { isTakenOver } : {}),
      steps,
    })),
    problems: problems.map(problem => told(problem.toBody())),
  }
}

/** Whether a migration goes on online and has not taken its place yet. */
async function isOnItsWay(
  { data }: SchemaDeps,
  environment: Environment,
  applied: readonly Applied[],
  { name, state }: Compared,
): Promise<boolean> {
  if (state !== 'running' && state !== 'failed') return false
  const change = applied.find(one => one.name === name)?.change ?? null
  return change !== null && (await data.change(environment, change)).plan === null
}

function sqlStep(text: string): PlannedSchemaStep {
  const [line = ''] = text.trim().split('\n')
  const sentence = `Run SQL: ${line.length > 80 || line !== text.trim() ? `${line.slice(0, 80)} …` : line}`
  return { kind: 'sql', collection: '', sentence, isDestructive: false }
}

/** Tries all of them on one copy, and puts down beside each what it took. Answers what went wrong. */
async function measure(
  { data }: SchemaDeps,
  environment: Environment,
  rehearsable: readonly Rehearsable[],
): Promise<Problem[]> {
  if (rehearsable.length === 0) return []
  const { steps, failure } = await data.rehearse(
    environment,
    rehearsable.map(({ step }) => step),
  )
  for (const [i, { sentence: _same, ...measures }] of steps.entries()) {
    const { step, planned, index } = rehearsable[i]!
    const safer = saferWay(step, measures)
    planned.steps[index] = {
      ...planned.steps[index]!,
      ...measures,
      locks: [...measures.locks],
      ...(safer === undefined ? {} : { safer }),
    }
  }
  if (failure === undefined) return []
  const { planned, operation } = rehearsable[steps.length] ?? rehearsable.at(-1)!
  const kind = { code: failure.code, status: failure.status, title: failure.title }
  const errors = failure.errors?.map(detail => ({ ...detail, at: detail.at.replace(/^\/steps\/\d+/, '') }))
  const detail = (failure.detail ?? failure.title).replace(/^Step \d+ \(.*?\): /, '')
  return [failed(planned.migration, operation, new Problem(kind, detail, { hint: failure.hint, errors }))]
}
