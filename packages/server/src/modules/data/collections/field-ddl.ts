import { toGenerated } from '@cloudbox/policy/to-ddl'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { extraColumn } from '../collection.ts'
import { defaultSql } from './default-value.ts'
import type { Defined } from './define.ts'
import { fieldChecks, type FieldCheck } from './field-checks.ts'
import { fieldTraits, sqlTypeOf } from './field-types.ts'
import { moveFromExtra } from './move-field.ts'
import { partName } from './names.ts'
import type { FieldPlan } from './plan-fields.ts'
import { quote } from './quote.ts'
import type { Step, Target } from './to-ddl.ts'
import { typeChange, type TypeChange } from './type-change.ts'

/** Turns the columns and constraints of one definition into those of another under the same names. */
export function fieldSteps(
  before: CollectionDefinition,
  { definition: after, computed }: Defined,
  plan: FieldPlan,
  target: Target,
  using: ReadonlyMap<string, string> = new Map(),
): Step[] {
  const table = quote(target.schema, after.name)
  const alter = (action: string): Step => ({ text: `alter table ${table} ${action}` })
  const expression = (name: string): string => `(${toGenerated(computed.get(name)!)})`
  const isComputed = (name: string): boolean => after.fields[name]!.computed !== undefined
  const steps: Step[] = []

  const checks = (definition: CollectionDefinition, names: readonly string[]): FieldCheck[] =>
    names.flatMap(name => fieldChecks(name, definition.fields[name]!))
  const remade = (name: string): boolean => plan.retyped.has(name) || plan.rebuilt.has(name)
  const isIn = (list: readonly FieldCheck[], check: FieldCheck): boolean =>
    !remade(check.field) &&
    list.some(({ name, condition }) => name === check.name && condition === check.condition)
  const oldChecks = checks(before, plan.kept)
  const newChecks = checks(after, [...plan.kept, ...plan.added])
  for (const check of oldChecks) {
    if (!isIn(newChecks, check)) steps.push(alter(`drop constraint if exists ${quote(check.name)}`))
  }
  const relations = relationChanges(before, after, plan)
  for (const name of relations.dropped)
    steps.push(alter(`drop constraint if exists ${quote(partName(name, 'relation'))}`))
  for (const name of plan.rebuilt) steps.push(alter(`drop column ${quote(name)}`))

  for (const name of plan.kept) {
    if (!isComputed(name))
      steps.push(
        ...changeColumn(name, before.fields[name]!, after.fields[name]!, {
          table,
          target,
          using: using.get(name),
        }),
      )
  }
  const moves = before.flexible === true
  if (after.flexible && !moves) steps.push(alter(extraColumnText))
  for (const name of plan.added) {
    if (!isComputed(name)) steps.push(...addColumn(name, after.fields[name]!, { table, target, moves }))
  }
  for (const name of [...plan.kept, ...plan.added].filter(isComputed)) {
    const field = after.fields[name]!
    const isNew = plan.added.includes(name) || plan.rebuilt.has(name)
    if (isNew) {
      const type = columnType(field, target)
      steps.push(alter(`add column ${quote(name)} ${type} generated always as ${expression(name)} stored`))
    } else if (before.fields[name]!.computed !== field.computed) {
      steps.push(alter(`alter column ${quote(name)} set expression as ${expression(name)}`))
    }
    steps.push(...requireValue(name, isNew ? undefined : before.fields[name], field, table))
  }

  for (const check of newChecks) {
    if (isIn(oldChecks, check)) continue
    const text = `add constraint ${quote(check.name)} check (${check.condition})`
    const message = `every ${check.field} has to pass the check ${check.name}`
    const at = `/fields/${check.field}/${check.kind in after.fields[check.field]! ? check.kind : 'type'}`
    steps.push({ ...alter(text), demand: { at, message, misfit: `not (${check.condition})` } })
  }
  for (const name of relations.added) {
    const { to, onDelete } = after.fields[name]!
    const column = quote(name)
    const other = quote(target.schema, to!)
    const action = { restrict: '', cascade: ' on delete cascade', setNull: ' on delete set null' }[
      onDelete ?? 'restrict'
    ]
    steps.push({
      ...alter(
        `add constraint ${quote(partName(name, 'relation'))} foreign key (${column}) references ${other} (id)${action}`,
      ),
      demand: {
        at: `/fields/${name}/to`,
        message: `every ${name} has to be the id of a document in ${to}`,
        misfit: `${column} is not null and not exists (select from ${other} other where other.id = ${table}.${column})`,
      },
    })
  }
  for (const name of plan.dropped) steps.push(alter(`drop column ${quote(name)}`))
  if (moves && !after.flexible) {
    steps.push(
      { text: `lock table ${table} in access exclusive mode` },
      {
        text: `select distinct name from ${table}, jsonb_object_keys(${extraColumn}) name order by name limit 20`,
        refusesUnknownFields: {
          at: '/flexible',
          hint: 'Add these fields to the collection in the same change, or remove them from the documents.',
        },
      },
      alter(`drop column ${extraColumn}`),
    )
  }
  return steps
}

const extraColumnText = `add column ${extraColumn} jsonb not null default '{}'
  constraint ${quote(partName(extraColumn, 'object'))} check (jsonb_typeof(${extraColumn}) = 'object')`

function relationChanges(before: CollectionDefinition, after: CollectionDefinition, plan: FieldPlan) {
  const key = ({ type, to, onDelete = 'restrict' }: FieldDefinition): string =>
    type === 'relation' ? `${to} ${onDelete}` : ''
  const changed = plan.kept.filter(name => key(before.fields[name]!) !== key(after.fields[name]!))
  return {
    dropped: changed.filter(name => before.fields[name]!.type === 'relation'),
    added: [...changed, ...plan.added].filter(name => after.fields[name]!.type === 'relation'),
  }
}

/** The type of a field's column, with its order. */
export function columnType(
  field: FieldDefinition,
  { sortsByCodePoint }: Pick<Target, 'sortsByCodePoint'>,
): string {
  const needsCollation = !sortsByCodePoint && fieldTraits[field.type].sql === 'text'
  return sqlTypeOf(field) + (needsCollation ? ' collate "C"' : '')
}

function addColumn(
  name: string,
  field: FieldDefinition,
  { table, target, moves }: { table: string; target: Target; moves: boolean },
): Step[] {
  const column = quote(name)
  const preset = defaultSql(field)
  const parts = [`alter table ${table} add column ${column} ${columnType(field, target)}`]
  if (preset !== undefined) parts.push(`default ${preset}`)
  if (moves) {
    const add = { text: parts.join(' ') }
    return [add, ...moveFromExtra(name, field, table), ...requireValue(name, undefined, field, table)]
  }
  if (!field.required) return [{ text: parts.join(' ') }]
  return [
    {
      text: [...parts, 'not null'].join(' '),
      demand: {
        at: `/fields/${name}/required`,
        message: `documents already there have no ${name}; give it a default or fill it before it is required`,
        misfit: 'true',
      },
    },
  ]
}

function changeColumn(
  name: string,
  old: FieldDefinition,
  field: FieldDefinition,
  { table, target, using }: { table: string; target: Target; using: string | undefined },
): Step[] {
  const column = quote(name)
  const alter = (action: string): Step => ({ text: `alter table ${table} alter column ${column} ${action}` })
  const steps: Step[] = []
  if (old.computed !== undefined) steps.push(alter('drop expression'))
  const presets = { old: old.computed === undefined ? defaultSql(old) : undefined, new: defaultSql(field) }
  const change: TypeChange = using === undefined ? typeChange(old, field, column) : { using }
  const isChanged = typeof change === 'object'
  const drops = presets.old !== undefined && (isChanged || presets.new !== presets.old)
  if (drops) steps.push(alter('drop default'))
  if (isChanged) {
    const type = sqlTypeOf(field)
    // Postgres 15 cannot ask without failing.
    const misfit =
      target.version >= 16 && change.input !== undefined
        ? `not pg_input_is_valid(${change.input}, '${type}')`
        : undefined
    steps.push({
      ...alter(`type ${columnType(field, target)} using ${change.using}`),
      demand: {
        at: `/fields/${name}/type`,
        message: `every ${name} has to be readable as ${field.type}`,
        ...(misfit === undefined ? {} : { misfit }),
      },
    })
  }
  if (presets.new !== undefined && (isChanged || presets.new !== presets.old)) {
    steps.push(alter(`set default ${presets.new}`))
  }
  return [...steps, ...requireValue(name, old, field, table)]
}

function requireValue(
  name: string,
  old: FieldDefinition | undefined,
  { required }: FieldDefinition,
  table: string,
): Step[] {
  if (Boolean(old?.required) === Boolean(required)) return []
  const column = quote(name)
  const alter = `alter table ${table} alter column ${column}`
  if (!required) return [{ text: `${alter} drop not null` }]
  return [
    {
      text: `${alter} set not null`,
      demand: {
        at: `/fields/${name}/required`,
        message: `every document needs ${name}`,
        misfit: `${column} is null`,
      },
    },
  ]
}
