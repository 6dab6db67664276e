import { isDeepStrictEqual } from 'node:util'
import { canonical, indexName } from '@cloudbox/protocol/canonical'
import type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  Operation,
} from '@cloudbox/protocol/collection'

/** One difference between what a file says and what it should say. */
export type SchemaChange = { readonly collection: string } & (
  | { readonly do: 'add-collection'; readonly after: CollectionDefinition }
  | { readonly do: 'drop-collection' }
  | { readonly do: 'rename-collection'; readonly to: string }
  | {
      readonly do: 'add-field'
      readonly field: string
      readonly after: FieldDefinition
      /** The field it comes behind. */
      readonly behind: string | undefined
    }
  | { readonly do: 'drop-field'; readonly field: string }
  | { readonly do: 'rename-field'; readonly field: string; readonly to: string }
  | { readonly do: 'set-type'; readonly field: string; readonly after: FieldDefinition }
  | {
      readonly do: 'set-option'
      readonly field: string
      readonly type: FieldDefinition['type']
      readonly option: string
      /** Undefined takes it away. */
      readonly after: unknown
    }
  | { readonly do: 'order-fields'; readonly after: readonly string[] }
  | { readonly do: 'set-flexible'; readonly after: boolean }
  | { readonly do: 'add-index'; readonly after: IndexDefinition }
  | { readonly do: 'set-index'; readonly before: IndexDefinition; readonly after: IndexDefinition }
  | { readonly do: 'drop-index'; readonly before: IndexDefinition }
  | {
      readonly do: 'set-policy'
      readonly operation: Operation
      readonly before: string | undefined
      readonly after: string | undefined
    }
)

const operations: readonly Operation[] = ['list', 'get', 'create', 'update', 'delete']

/**
 * What has to change in a text that says `before`, so that it says `wanted`. Where one field goes and one of the same
 * definition comes it is a new name: that decides about the text alone, never about data.
 */
export function schemaChanges(
  before: readonly CollectionDefinition[],
  wanted: readonly CollectionDefinition[],
): SchemaChange[] {
  const old = new Map(before.map(one => [one.name, canonical(one)]))
  const goal = new Map(wanted.map(one => [one.name, canonical(one)]))
  const changes: SchemaChange[] = []
  const added = [...goal.keys()].filter(name => !old.has(name))
  for (const name of [...old.keys()].filter(one => !goal.has(one))) {
    const twin = added.find(other => isSame(old.get(name)!, goal.get(other)!))
    if (twin === undefined) changes.push({ do: 'drop-collection', collection: name })
    else {
      added.splice(added.indexOf(twin), 1)
      changes.push({ do: 'rename-collection', collection: name, to: twin })
      old.set(twin, { ...old.get(name)!, name: twin })
    }
  }
  for (const name of added) changes.push({ do: 'add-collection', collection: name, after: goal.get(name)! })
  for (const [name, definition] of goal) {
    const known = old.get(name)
    if (known !== undefined) changes.push(...collectionChanges(known, definition))
  }
  return changes
}

function isSame({ name: _a, ...one }: CollectionDefinition, { name: _b, ...other }: CollectionDefinition) {
  return (
    isDeepStrictEqual(one, other) && isDeepStrictEqual(Object.keys(one.fields), Object.keys(other.fields))
  )
}

function collectionChanges(before: CollectionDefinition, wanted: CollectionDefinition): SchemaChange[] {
  const { name: collection } = wanted
  const changes = fieldChanges(before, wanted)
  if (before.flexible !== wanted.flexible)
    changes.push({ do: 'set-flexible', collection, after: wanted.flexible === true })
  changes.push(...indexChanges(before, wanted))
  for (const operation of operations) {
    const [was, after] = [before.policies?.[operation], wanted.policies?.[operation]]
    if (was !== after) changes.push({ do: 'set-policy', collection, operation, before: was, after })
  }
  return changes
}

/** An index whose fields got new names is the same one. */
function indexChanges(before: CollectionDefinition, wanted: CollectionDefinition): SchemaChange[] {
  const { name: collection } = wanted
  const missing = ({ indexes = [] }: CollectionDefinition, { indexes: others = [] }: CollectionDefinition) =>
    indexes.filter(index => !others.some(other => isDeepStrictEqual(index, other)))
  const added = missing(wanted, before)
  const isLike = (one: IndexDefinition) => (other: IndexDefinition) =>
    indexName(one) === indexName(other) ||
    (one.fields.length === other.fields.length && one.kind === other.kind && one.unique === other.unique)
  const changes = missing(before, wanted).map((index): SchemaChange => {
    const after = added.find(isLike(index))
    if (after === undefined) return { do: 'drop-index', collection, before: index }
    added.splice(added.indexOf(after), 1)
    return { do: 'set-index', collection, before: index, after }
  })
  return [...changes, ...added.map((after): SchemaChange => ({ do: 'add-index', collection, after }))]
}

function fieldChange(
  collection: string,
  field: string,
  before: FieldDefinition,
  after: FieldDefinition,
): SchemaChange[] {
  const { type } = after
  if (before.type !== type) return [{ do: 'set-type', collection, field, after }]
  const options = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof FieldDefinition)[]
  return options
    .filter(option => !isDeepStrictEqual(before[option], after[option]))
    .map(option => ({ do: 'set-option', collection, field, type, option, after: after[option] }))
}

function fieldChanges(before: CollectionDefinition, wanted: CollectionDefinition): SchemaChange[] {
  const { name: collection } = wanted
  const changes: SchemaChange[] = []
  const order = Object.keys(wanted.fields)
  let names = Object.keys(before.fields)
  const fields = { ...before.fields }
  const added = order.filter(name => !Object.hasOwn(fields, name))
  for (const field of names.filter(name => !Object.hasOwn(wanted.fields, name))) {
    const twin = added.find(name => isDeepStrictEqual(wanted.fields[name], fields[field]))
    if (twin === undefined) {
      changes.push({ do: 'drop-field', collection, field })
      names = names.filter(name => name !== field)
      continue
    }
    added.splice(added.indexOf(twin), 1)
    changes.push({ do: 'rename-field', collection, field, to: twin })
    fields[twin] = fields[field]!
    names = names.map(name => (name === field ? twin : name))
  }
  for (const field of order) {
    const after = wanted.fields[field]!
    if (added.includes(field)) {
      const behind = order.slice(0, order.indexOf(field)).findLast(name => names.includes(name))
      changes.push({ do: 'add-field', collection, field, after, behind })
      names = names.toSpliced(behind === undefined ? 0 : names.indexOf(behind) + 1, 0, field)
    } else changes.push(...fieldChange(collection, field, fields[field]!, after))
  }
  if (!isDeepStrictEqual(names, order)) changes.push({ do: 'order-fields', collection, after: order })
  return changes
}
