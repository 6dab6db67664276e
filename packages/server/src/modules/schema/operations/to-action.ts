import { isDeepStrictEqual } from 'node:util'
import { indexName } from '@cloudbox/protocol/canonical'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { MigrationOperation } from '@cloudbox/protocol/schema'
import { closestName } from '../../../lib/closest-name.ts'
import { foldStep, type Structure, type StructureAction } from '../../data/module.ts'
import { Unfit } from './unfit.ts'

export type StructureOperation = Exclude<MigrationOperation, { do: 'sql' }>

/**
 * What an operation does to a structure, with what was there before; undefined where it does nothing. Pure.
 * @throws Unfit where the structure has no place for it
 */
export function toAction(structure: Structure, operation: StructureOperation): StructureAction | undefined {
  const action = actionOf(structure, operation)
  if (!('before' in action && 'after' in action) || 'using' in action) return action
  if (isDeepStrictEqual(action.before, action.after)) return undefined
  return action
}

function actionOf(structure: Structure, operation: StructureOperation): StructureAction {
  if (operation.do === 'create-collection') {
    const { definition } = operation
    const { name } = definition
    refuseTaken(structure, name, '/definition/name')
    const kind = 'create-collection'
    const after = foldStep(structure, { kind, collection: name, after: definition }).get(name)!
    return { kind, collection: name, after }
  }
  const known = find(structure, operation.collection)
  const { name: collection } = known
  switch (operation.do) {
    case 'drop-collection':
      return { kind: 'drop-collection', collection, before: known }
    case 'rename-collection':
      if (operation.to !== collection) refuseTaken(structure, operation.to, '/to')
      return { kind: 'rename-collection', collection, before: collection, after: operation.to }
    case 'add-field': {
      const { field, definition, before } = operation
      const names = Object.keys(known.fields)
      if (names.includes(field))
        throw new Unfit(
          '/field',
          `${collection} has a field ${field} already`,
          'Change it, or drop it first.',
        )
      const position =
        before === undefined ? names.length : names.indexOf(findField(known, before, '/before'))
      const action = { kind: 'add-field', collection, field, position } as const
      const after = foldStep(structure, { ...action, after: definition }).get(collection)!.fields[field]!
      return { ...action, after }
    }
    case 'change-field': {
      const field = findField(known, operation.field)
      const before = known.fields[field]!
      const { using } = operation
      const action = { kind: 'change-field', collection, field, before, ...(using && { using }) } as const
      const folded = foldStep(structure, { ...action, after: operation.definition })
      return { ...action, after: folded.get(collection)!.fields[field]! }
    }
    case 'rename-field': {
      const field = findField(known, operation.field)
      if (operation.to !== field && Object.hasOwn(known.fields, operation.to))
        throw new Unfit(
          '/to',
          `${collection} has a field ${operation.to} already`,
          'Drop or rename it first.',
        )
      return { kind: 'rename-field', collection, before: field, after: operation.to }
    }
    case 'drop-field': {
      const field = findField(known, operation.field)
      const position = Object.keys(known.fields).indexOf(field)
      return { kind: 'drop-field', collection, field, position, before: known.fields[field]! }
    }
    case 'order-fields': {
      const before = Object.keys(known.fields)
      if (!isDeepStrictEqual(before.toSorted(), operation.fields.toSorted()))
        throw new Unfit('/fields', `the fields of ${collection} are ${before.join(', ')}`, 'Name each once.')
      return { kind: 'order-fields', collection, before, after: operation.fields }
    }
    case 'set-flexible':
      return {
        kind: 'set-flexible',
        collection,
        before: known.flexible === true,
        after: operation.flexible,
      }
    case 'add-index': {
      const index = indexName(operation.definition)
      if (known.indexes?.some(other => indexName(other) === index))
        throw new Unfit('/definition', `${collection} has an index ${index} already`, 'Give it another name.')
      const action = { kind: 'add-index', collection, index } as const
      const folded = foldStep(structure, { ...action, after: operation.definition }).get(collection)!
      return { ...action, after: folded.indexes!.find(other => indexName(other) === index)! }
    }
    case 'drop-index': {
      const { index } = operation
      const before = known.indexes?.find(other => indexName(other) === index)
      if (before !== undefined) return { kind: 'drop-index', collection, index, before }
      const names = (known.indexes ?? []).map(indexName)
      throw new Unfit('/index', `${collection} has no index ${index}`, suggest(index, names))
    }
    case 'change-policy': {
      const before = known.policies?.[operation.operation] ?? null
      return {
        kind: 'change-policy',
        collection,
        operation: operation.operation,
        before,
        after: operation.policy,
      }
    }
  }
}

function find(structure: Structure, name: string): CollectionDefinition {
  const known = structure.get(name)
  if (known !== undefined) return known
  throw new Unfit('/collection', `there is no collection ${name}`, suggest(name, [...structure.keys()]))
}

function findField({ name, fields }: CollectionDefinition, field: string, at = '/field'): string {
  if (Object.hasOwn(fields, field)) return field
  throw new Unfit(at, `${name} has no field ${field}`, suggest(field, Object.keys(fields)))
}

/** Names that differ in case only are found at the end of the plan: on the way there may be both. */
function refuseTaken(structure: Structure, name: string, at: string): void {
  if (!structure.has(name)) return
  const hint = 'Take another name, or change the one that is there.'
  throw new Unfit(at, `there is a collection ${name} already`, hint)
}

function suggest(name: string, known: readonly string[]): string {
  const near = closestName(name, known)
  if (near !== undefined) return `Did you mean ${near}?`
  return known.length === 0 ? 'There is none.' : `There are ${known.join(', ')}.`
}
