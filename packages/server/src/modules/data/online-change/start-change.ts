import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import { quote } from '../collections/quote.ts'
import type { RunningChange } from '../collections/running-change.ts'
import { loadStored } from '../collections/stored.ts'
import { wholeDefinition } from '../collections/system-collections.ts'
import { typeChange } from '../collections/type-change.ts'
import { checkPlan } from '../structure-plan/check-plan.ts'
import { describeStep } from '../structure-plan/describe-step.ts'
import { authored } from '../structure-plan/export-structure.ts'
import { fieldsRead } from '../structure-plan/fields-read.ts'
import { toStructure } from '../structure-plan/fold-step.ts'
import type { StructureAction } from '../structure-plan/structure-step.ts'
import type { CompiledTransform } from '../transforms/compile-cel.ts'
import { compileTransform } from '../transforms/compile-transform.ts'
import { findChange, onlineChangeMoved } from './changes-table.ts'
import type { OnlineChange, OnlineStep } from './online-change.ts'
import { expand } from './shadow.ts'
import { withShortLocks } from './short-locks.ts'

/** Which change is to be made: the action of a plan's step. */
export type OnlineAction = Extract<StructureAction, { kind: 'change-field' | 'add-index' }>

/** Writes more in the transaction in which the change begins. */
export type RecordChange = (tx: Tx, change: OnlineChange) => Promise<void>

/**
 * Begins an online change: what it leads to is checked, and the table gets what the change needs, with locks as short as
 * can be. All the rest is done beside reads and writes.
 * @throws Problem `schema/change-under-way`, `data/invalid-plan`, `schema/invalid-transform`, `policy/invalid-expression`
 */
export async function startChange(
  deps: StructureDeps,
  environment: Environment,
  action: OnlineAction,
  record?: RecordChange,
): Promise<OnlineChange> {
  const step = describeStep(action) as OnlineStep
  return withShortLocks(deps, environment, {
    place: () => action.collection,
    run: change => begin(change, environment, step),
    record: async (tx, started) => record?.(tx, started),
  })
}

async function begin(
  change: RunningChange,
  environment: Environment,
  step: OnlineStep,
): Promise<OnlineChange> {
  const { tx, target } = change
  const { collection } = step
  change.refuseUnderWay(collection)
  const stored = await loadStored(tx, environment.schema)
  const structure = toStructure([...stored.values()].map(authored))
  checkPlan(structure, [step], change, () => {})
  const definition = wholeDefinition(structure.get(collection)!)
  if (step.kind === 'change-field') refuseReaders(definition, step.field)
  const [row] = await tx.query<{ id: string }>(sql`
    insert into ${id(environment.schema, 'data_online_changes')} (kind, collection, field, index_name, step, phase)
    values (${step.kind}, ${collection}, ${'field' in step ? step.field : null}, ${'index' in step ? step.index : null},
      ${JSON.stringify(step)}, ${step.kind === 'add-index' ? 'constraints' : 'backfill'}) returning id`)
  const id_ = row!.id
  if (step.kind === 'change-field') {
    const { field, after } = step
    const compiled = await compileStep(change, definition, step)
    // All who write now come to their end first, so that whoever writes from here on meets the trigger.
    await tx.script(`lock table ${quote(target.schema, collection)} in access exclusive mode`)
    await expand(tx, target, { change: id_, definition, field, after, compiled })
  }
  await tx.emit(onlineChangeMoved, { environmentId: environment.id, change: id_ })
  return findChange(tx, environment, id_)
}

/** How values change, in SQL; undefined where a program outside says it. */
async function compileStep(
  { tx, target }: RunningChange,
  collection: CollectionDefinition,
  { field, before, after, using }: Extract<OnlineStep, { kind: 'change-field' }>,
): Promise<CompiledTransform | undefined> {
  if (using !== undefined)
    return 'client' in using
      ? undefined
      : compileTransform(tx, target.schema, { collection, field, after, using })
  const conversion = after.computed === undefined ? typeChange(before, after, quote(field)) : 'impossible'
  if (typeof conversion === 'object') return { value: conversion.using, reads: [field] }
  const message =
    conversion === 'none'
      ? 'its values stay what they are'
      : `nothing says how values of ${before.type} become ${after.type}`
  throw new Problem(schemaProblems['invalid-transform'], `${collection.name}.${field}: ${message}.`, {
    hint:
      conversion === 'none'
        ? 'Make this change without doing it online: there is nothing to compute.'
        : 'Say it with `using`.',
    errors: [{ at: `/fields/${field}/using`, message }],
  })
}

/** What is computed from a field would have to be computed anew for every document at once. */
function refuseReaders({ name, fields }: CollectionDefinition, field: string): void {
  if (fields[field]?.computed !== undefined)
    throw new Problem(dataProblems['invalid-plan'], `${name}.${field} is computed and cannot change online.`)
  const readers = Object.entries(fields).flatMap(([reader, { computed }]) =>
    computed !== undefined && fieldsRead(computed).has(field) ? [reader] : [],
  )
  if (readers.length === 0) return
  throw new Problem(
    dataProblems['invalid-plan'],
    `${name}.${field} cannot change online: ${readers.join(', ')} is computed from it.`,
    {
      hint: 'Drop what is computed from it first, and add it again afterwards; or change it without `online`.',
    },
  )
}
