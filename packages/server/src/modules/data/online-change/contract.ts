import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Environment } from '../../../kernel/caller.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { defaultSql } from '../collections/default-value.ts'
import { fieldChecks } from '../collections/field-checks.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import { grantAdded } from '../collections/adoption-ddl.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import { mentionsOf } from '../collections/mentions.ts'
import { partName } from '../collections/names.ts'
import { planFields } from '../collections/plan-fields.ts'
import { quote, quoteText } from '../collections/quote.ts'
import type { RunningChange } from '../collections/running-change.ts'
import { loadStored } from '../collections/stored.ts'
import { wholeDefinition } from '../collections/system-collections.ts'
import { notePlan } from '../structure-plan/applied-plans.ts'
import { authored } from '../structure-plan/export-structure.ts'
import { foldStep, toStructure } from '../structure-plan/fold-step.ts'
import { noteTrash, trashTable } from '../structure-plan/trash.ts'
import { indexesOver, nextIndexName } from './build-indexes.ts'
import { lockChange, updateChange } from './changes-table.ts'
import { nextConstraints } from './make-ready.ts'
import type { OnlineChange, OnlineStep } from './online-change.ts'
import { ChangeStopped } from './session.ts'
import { marks, shadowNames } from './shadow.ts'
import { withShortLocks } from './short-locks.ts'

/** The definition of the collection before and after a change. */
export async function definitionsOf(
  db: Parameters<typeof loadStored>[0],
  { schema }: Environment,
  step: OnlineStep,
): Promise<{ readonly before: CollectionDefinition; readonly after: CollectionDefinition }> {
  const stored = await loadStored(db, schema)
  const structure = toStructure([...stored.values()].map(authored))
  const whole = (from: typeof structure) => wholeDefinition(from.get(step.collection)!)
  return { before: whole(structure), after: whole(foldStep(structure, step)) }
}

/**
 * Lets the change take place for everybody, in one short transaction in which no document is read: columns, indexes and
 * constraints that are ready get the names of those before them. False where documents have come since that are not done.
 */
export async function contract(
  deps: StructureDeps,
  environment: Environment,
  change: OnlineChange,
): Promise<boolean> {
  return withShortLocks(deps, environment, {
    place: () => change.collection,
    async run(running) {
      const now = await lockChange(running.tx, environment, change.id)
      if (now.state !== 'running' || now.isCancelling) throw new ChangeStopped()
      return now.kind === 'add-index'
        ? adopt(running, environment, now)
        : takePlace(running, environment, now)
    },
  })
}

/** The index is there: it only has to be part of the definition. */
async function adopt(
  running: RunningChange,
  environment: Environment,
  { id: change, step }: OnlineChange,
): Promise<boolean> {
  const { after } = await definitionsOf(running.tx, environment, step)
  await withPoliciesLifted(running, after, async () => {})
  const plan = await notePlan(running.tx, environment.schema, [step])
  await updateChange(running.tx, environment.schema, change, [
    sql`state = 'done', plan = ${plan}::uuid, ended_at = now(), error = null`,
  ])
  return true
}

async function takePlace(
  running: RunningChange,
  environment: Environment,
  { id: change, step }: OnlineChange,
): Promise<boolean> {
  const { tx, target } = running
  const { schema } = environment
  const { collection, field, before: old } = step as Extract<OnlineStep, { kind: 'change-field' }>
  const table = quote(schema, collection)
  await tx.script(`lock table ${table} in access exclusive mode`)
  const [open] = await tx.query(sql`
    select from ${id(schema, 'data_change_todo')} where change = ${change}::bigint
    union all select from ${id(schema, 'data_change_quarantine')} where change = ${change}::bigint limit 1`)
  if (open !== undefined) return false

  const { before, after } = await definitionsOf(tx, environment, step)
  await withPoliciesLifted(running, after, async () => {
    await running.run(swapSteps(schema, change, field, before, after))
    const grants = { ...planFields(before, after), added: [field] }
    await running.run(grantAdded(after, grants, { ...target, trigramSchema: 'public' }))
  })
  const plan = await notePlan(tx, schema, [step])
  const culprit = { plan, step: 1 }
  const entry = await noteTrash(tx, schema, culprit, {
    ...{ kind: 'field', collection, field, definition: old, isTransformed: true },
  })
  await tx.script(`
    create table ${quote(schema, trashTable(entry))}
      (id uuid not null, value ${sqlTypeOf(old)}, became ${sqlTypeOf(after.fields[field]!)});
    ${watchWriters(schema, change, field, after)}`)
  await updateChange(tx, schema, change, [
    sql`phase = 'archive', plan = ${plan}::uuid, trash = ${entry}::bigint, cursor = null, error = null`,
  ])
  return true
}

/** The statements that put the new column in the place of the old one. None of them looks at a row. */
function swapSteps(
  schema: string,
  change: string,
  field: string,
  before: CollectionDefinition,
  after: CollectionDefinition,
): { readonly text: string }[] {
  const { name } = after
  const names = shadowNames(field, change)
  const [old, fresh] = [before.fields[field]!, after.fields[field]!]
  const table = `alter table ${quote(schema, name)}`
  const column = `${table} alter column ${quote(field)}`
  const preset = defaultSql(fresh)
  const gone = fieldChecks(field, old).map(check => check.name)
  if (old.type === 'relation') gone.push(partName(field, 'relation'))
  const constraints = nextConstraints(schema, field, fresh, names.next)
  return [
    ...gone.map(constraint => `${table} drop constraint if exists ${quote(constraint)}`),
    ...indexesOver(before, field).map(
      index => `drop index if exists ${quote(schema, partName(name, index.name))}`,
    ),
    `${column} drop not null`,
    `${column} drop default`,
    `${table} rename column ${quote(field)} to ${quote(names.before)}`,
    `${table} rename column ${quote(names.next)} to ${quote(field)}`,
    ...(preset === undefined ? [] : [`${column} set default ${preset}`]),
    ...(fresh.required ? [`${column} set not null`] : []),
    ...constraints.map(({ name: constraint, finalName }) =>
      finalName === undefined
        ? `${table} drop constraint ${quote(constraint)}`
        : `${table} rename constraint ${quote(constraint)} to ${quote(finalName)}`,
    ),
    ...indexesOver(after, field).map(
      index =>
        `alter index ${quote(schema, nextIndexName(name, index))} rename to ${quote(partName(name, index.name))}`,
    ),
  ].map(text => ({ text }))
}

/** Policies read columns, so they are made anew; those of others that look into the collection as well. */
async function withPoliciesLifted(
  running: RunningChange,
  after: CollectionDefinition,
  work: () => Promise<void>,
): Promise<void> {
  const lifted = running.definitions.filter(
    definition => definition.name === after.name || mentionsOf(definition).has(after.name),
  )
  await running.liftPolicies(lifted.map(({ name }) => name))
  await work()
  await running.setPolicies(lifted.map(definition => (definition.name === after.name ? after : definition)))
}

/** From here on the trigger only tells which documents have been given another value since. */
function watchWriters(
  schema: string,
  change: string,
  field: string,
  { fields }: CollectionDefinition,
): string {
  const names = shadowNames(field, change)
  const cast = fields[field]!.type === 'geopoint' ? '::text' : ''
  const mark = `new.${quote(names.mark)}`
  const body = `
  begin
    if tg_op = 'INSERT' or new.${quote(field)}${cast} is distinct from old.${quote(field)}${cast} then
      ${mark} := null;
    elsif old.${quote(names.mark)} = ${marks.done} then
      ${mark} := ${marks.done};
    end if;
    return new;
  end`
  return `create or replace function ${quote(schema, names.function)}() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as ${quoteText(body)}`
}
