import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Defined } from './define.ts'
import { fieldTraits, sqlTypeOf } from './field-types.ts'
import type { FieldPlan } from './plan-fields.ts'
import { createPolicies, dropPolicies } from './policy-ddl.ts'
import { quote } from './quote.ts'
import { systemCollections, type SystemCollection } from './system-collections.ts'
import type { Step, Target } from './to-ddl.ts'

/**
 * What turns a table that a module has made into a collection: the environment's role may read it, as far as policies
 * let it. `before` is what was listed until now.
 */
export function adoptionSteps(
  before: CollectionDefinition | undefined,
  after: Defined,
  { definition }: SystemCollection,
  target: Target,
): Step[] {
  const table = quote(target.schema, definition.name)
  const added = Object.entries(definition.fields).filter(([name]) => before?.fields[name] === undefined)
  const collated = added.filter(
    ([, { type }]) => !target.sortsByCodePoint && fieldTraits[type].sql === 'text',
  )
  return [
    // A policy may read any column; without policies every column can change.
    ...(before === undefined ? [] : dropPolicies(before, target)),
    ...collated.map(([name, field]) => ({
      text: `alter table ${table} alter column ${quote(name)} type ${sqlTypeOf(field)} collate "C"`,
    })),
    // The module's own fields are written through the API alone: their limits are no constraints of the table.
    { text: `grant select on ${table} to ${quote(target.role)}` },
    ...createPolicies(after, target),
  ]
}

/** The role may write the fields an author adds to a system collection; elsewhere it may write the whole table. */
export function grantAdded(
  { name, fields }: CollectionDefinition,
  { added }: FieldPlan,
  { schema, role }: Target,
): Step[] {
  const columns = added.filter(field => fields[field]!.computed === undefined).map(field => quote(field))
  if (!systemCollections.has(name) || columns.length === 0) return []
  return [{ text: `grant update (${columns.join(', ')}) on ${quote(schema, name)} to ${quote(role)}` }]
}
