import type { CollectionChange, CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { closestName } from '../../../lib/closest-name.ts'
import { Mistakes } from './mistakes.ts'
import { quote } from './quote.ts'
import { renameFields } from './rename-ddl.ts'
import { renameInExpression } from './rename-in-expression.ts'
import { typeChange } from './type-change.ts'

/** A definition after a change, and which of its fields are old ones under new names. */
export interface Changed {
  readonly definition: CollectionDefinition
  readonly renames: ReadonlyMap<string, string>
}

/**
 * Merges a change into a definition. Only what is named changes; expressions follow renamed fields by themselves.
 * The result is not checked yet, only what the old definition has to do with it.
 * @throws Problem `data/invalid-collection`
 */
export function applyChange(before: CollectionDefinition, change: CollectionChange): Changed {
  const mistakes = new Mistakes()
  const renames = checkRenames(before, change, mistakes)
  mistakes.throwIfAny(before.name)

  const start = renameExpressions(renameFields(before, change.name ?? before.name, renames), renames)
  const fields = new Map(Object.entries(start.fields))
  for (const [name, field] of Object.entries(change.fields ?? {})) {
    const old = fields.get(name)
    if (field !== null) {
      if (old !== undefined) checkTypeChange(name, old, field, mistakes)
      fields.set(name, field)
    } else if (!fields.delete(name)) {
      mistakes.add(`/fields/${name}`, `there is no field "${name}" to drop`, suggest(name, fields.keys()))
    }
  }
  mistakes.throwIfAny(before.name)

  const policies = Object.entries({ ...start.policies, ...change.policies }).filter(
    ([, text]) => text !== null,
  )
  return {
    definition: {
      ...start,
      flexible: change.flexible ?? start.flexible ?? false,
      fields: Object.fromEntries(fields),
      indexes: change.indexes ?? start.indexes ?? [],
      policies: Object.fromEntries(policies) as NonNullable<CollectionDefinition['policies']>,
    },
    renames,
  }
}

function checkRenames(
  before: CollectionDefinition,
  { rename = {} }: CollectionChange,
  mistakes: Mistakes,
): Map<string, string> {
  const renames = new Map(Object.entries(rename).filter(([from, to]) => from !== to))
  const names = Object.keys(before.fields)
  for (const [from, to] of renames) {
    const at = `/rename/${from}`
    if (!names.includes(from)) {
      mistakes.add(at, `there is no field "${from}"`, suggest(from, names))
    } else if (names.includes(to)) {
      mistakes.add(
        at,
        `there is a field "${to}" already`,
        'Rename or drop that one first, in a change of its own.',
      )
    } else if ([...renames.values()].filter(name => name === to).length > 1) {
      mistakes.add(at, `two fields would be called "${to}"`)
    }
  }
  return renames
}

function suggest(name: string, known: Iterable<string>): string | undefined {
  const near = closestName(name, known)
  return near === undefined ? undefined : `Did you mean "${near}"?`
}

function renameExpressions(
  definition: CollectionDefinition,
  renames: ReadonlyMap<string, string>,
): CollectionDefinition {
  if (renames.size === 0) return definition
  const renamed = (text: string): string => renameInExpression(text, renames)
  const fields = Object.entries(definition.fields).map(([name, field]) => [
    name,
    field.computed === undefined ? field : { ...field, computed: renamed(field.computed) },
  ])
  const policies = Object.entries(definition.policies ?? {}).map(([operation, text]) => [
    operation,
    renamed(text),
  ])
  const indexes = definition.indexes?.map(index =>
    index.where === undefined ? index : { ...index, where: renamed(index.where) },
  )
  return {
    ...definition,
    fields: Object.fromEntries(fields),
    policies: Object.fromEntries(policies),
    ...(indexes === undefined ? {} : { indexes }),
  }
}

function checkTypeChange(
  name: string,
  old: FieldDefinition,
  field: FieldDefinition,
  mistakes: Mistakes,
): void {
  if (field.computed !== undefined) {
    if (old.computed === undefined) {
      mistakes.add(
        `/fields/${name}/computed`,
        'a field that holds values cannot become computed',
        'Drop it, then add it anew in a second change.',
      )
    }
    return
  }
  if (typeChange(old, field, quote(name)) !== 'impossible') return
  const shown = (shape: FieldDefinition): string => (shape.list ? `a list of ${shape.type}` : shape.type)
  mistakes.add(
    `/fields/${name}/type`,
    `${shown(old)} cannot become ${shown(field)} without losing what it means`,
    'Add a field of the new type, fill it, then drop the old one.',
  )
}
