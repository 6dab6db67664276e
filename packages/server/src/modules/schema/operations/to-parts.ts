import type { Migration, MigrationOperation } from '@cloudbox/protocol/schema'
import { schemaProblems } from '@cloudbox/protocol/schema'
import { Problem } from '../../../kernel/problem.ts'
import {
  describeStep,
  foldStep,
  type Structure,
  type StructureAction,
  type StructureStep,
} from '../../data/module.ts'
import { toAction } from './to-action.ts'
import { Unfit } from './unfit.ts'

/** What a migration does in one go: a plan, or SQL. */
export type MigrationPart =
  | {
      readonly kind: 'plan'
      readonly steps: readonly StructureStep[]
      /** Which operation each step comes from. */
      readonly operations: readonly number[]
    }
  | { readonly kind: 'sql'; readonly operation: number; readonly up: string; readonly down?: string }

/** A migration that fits a structure. */
export interface ReadMigration {
  readonly parts: readonly MigrationPart[]
  /** What it makes of the structure. */
  readonly structure: Structure
}

/**
 * Reads the operations of a migration for a structure. Each part can be undone as one plan; where a name is used
 * again in another meaning the next begins. Pure.
 * @throws Problem `schema/invalid-migration`, with the operation that does not fit
 */
export function toParts(start: Structure, { name, operations }: Migration): ReadMigration {
  let structure = start
  const parts: MigrationPart[] = []
  let plan = new PlanPart()
  const endPlan = (): void => {
    if (plan.steps.length > 0) parts.push({ kind: 'plan', ...plan.taken })
    plan = new PlanPart()
  }
  operations.forEach((operation, i) => {
    if (operation.do === 'sql') {
      endPlan()
      const { up, down } = operation
      parts.push({ kind: 'sql', operation: i, up, ...(down === undefined ? {} : { down }) })
      return
    }
    try {
      const action = toAction(structure, operation)
      if (action === undefined) return
      structure = foldStep(structure, action)
      if (!plan.mayTake(action)) endPlan()
      plan.take(action, i)
    } catch (error) {
      throw unfit(name, operation, i, error)
    }
  })
  endPlan()
  return { parts, structure }
}

/** @returns a problem with the place of the operation; what is no misfit, as it is */
function unfit(migration: string, operation: MigrationOperation, i: number, error: unknown): unknown {
  const place = `/migrations/${migration}/operations/${i}`
  const [at, message, hint] =
    error instanceof Unfit
      ? [error.at, error.message, error.hint]
      : error instanceof Problem
        ? ['', error.message, error.hint]
        : ['', undefined, undefined]
  if (message === undefined) return error
  return new Problem(
    schemaProblems['invalid-migration'],
    `${migration}, operation ${i + 1} (${operation.do}): ${message}.`.replace(/\.\.$/, '.'),
    {
      hint,
      errors: [{ at: `${place}${at}`, message, ...(hint === undefined ? {} : { hint }) }],
      cause: error,
    },
  )
}

/**
 * Steps that are one plan. Undoing it compares what is there with what was, so that a name has to mean one thing in it,
 * and whatever it takes away has to be taken once.
 */
class PlanPart {
  readonly steps: StructureStep[] = []
  readonly #operations: number[] = []
  /** Names of collections and fields that are gone, new, or hold other values than at the beginning. */
  readonly #used = new Set<string>()
  /** Those that have a new name only, in small letters: what differs in case only cannot be there when they get it back. */
  readonly #renamed = new Set<string>()
  #phase = 0

  get taken(): { readonly steps: readonly StructureStep[]; readonly operations: readonly number[] } {
    return { steps: this.steps, operations: this.#operations }
  }

  mayTake(action: StructureAction): boolean {
    if (phaseOf(action) < this.#phase) return false
    const isOnce = action.kind === 'change-field'
    return usedBy(action).every(
      name => !this.#used.has(name) && (isOnce || !this.#renamed.has(name.toLowerCase())),
    )
  }

  take(action: StructureAction, operation: number): void {
    this.#phase = phaseOf(action)
    const isRename = this.#phase < 2
    for (const name of usedBy(action)) {
      if (isRename) this.#renamed.add(name.toLowerCase())
      else this.#used.add(name)
    }
    // A collection is not dropped in the plan that changes its fields.
    if ('field' in action || action.kind === 'rename-field') this.#used.add(action.collection)
    this.steps.push(describeStep(action))
    this.#operations.push(operation)
  }
}

/** Plans rename first: collections, then fields by the new names of those. */
function phaseOf({ kind }: StructureAction): number {
  return kind === 'rename-collection' ? 0 : kind === 'rename-field' ? 1 : 2
}

function usedBy(action: StructureAction): string[] {
  const { collection } = action
  switch (action.kind) {
    case 'create-collection':
    case 'drop-collection':
      return [collection]
    case 'rename-collection':
      return [action.before, action.after]
    case 'rename-field':
      return [`${collection}.${action.before}`, `${collection}.${action.after}`]
    case 'add-field':
    case 'change-field':
    case 'drop-field':
      return [`${collection}.${action.field}`]
    default:
      return []
  }
}
