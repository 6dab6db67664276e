import type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  Operation,
} from '@cloudbox/protocol/collection'
import type { Migration, MigrationOperation, Transform } from '@cloudbox/protocol/schema'
import type { AnyRow } from '../schema.ts'
import type { Field } from './field.ts'
import type { UsingHint } from './field-options.ts'
import { SchemaMistake } from './schema-mistake.ts'

/** Makes the new value of a field from a document; it runs where the migration is applied from, in batches. */
export type ClientTransform = (document: AnyRow) => unknown

/** An operation, maybe with a function of TypeScript. */
export type WrittenOperation = MigrationOperation & { readonly transform?: ClientTransform }

/** A migration as its file has it; its name is that of the file. */
export interface DefinedMigration extends Pick<Migration, 'parents' | 'operations'> {
  /** The functions among the transforms, by the position of their operation. */
  readonly transforms: Readonly<Record<number, ClientTransform>>
}

/**
 * A migration: what it does, and which ones come before it.
 *
 * @example
 * export default migration({
 *   parents: ['20261128090000_create_todos'],
 *   operations: [addField('todos', 'priority', t.integer())],
 * })
 */
export function migration({
  parents = [],
  operations,
}: {
  /** Names of the migrations it was made after: none of the first, two where it joins branches. */
  readonly parents?: readonly string[]
  readonly operations: readonly WrittenOperation[]
}): DefinedMigration {
  if (!Array.isArray(parents)) throw new SchemaMistake(['parents'], 'parents are names in an array')
  if (!Array.isArray(operations)) throw new SchemaMistake(['operations'], 'operations are an array')
  const transforms: Record<number, ClientTransform> = {}
  const plain = operations.map((operation: WrittenOperation, i) => {
    if (typeof operation?.do !== 'string')
      throw new SchemaMistake(
        ['operations', String(i)],
        `an operation is made with a function: addField('todos', …)`,
      )
    const { transform, ...rest } = operation
    if (transform !== undefined) transforms[i] = transform
    return rest as MigrationOperation
  })
  return { parents: [...parents], operations: plain, transforms }
}

/** Makes a collection: `createCollection('todos', { fields: { title: t.text() } })`. */
export function createCollection(
  name: string,
  definition: Omit<CollectionDefinition, 'name' | 'fields'> & {
    readonly fields: Readonly<Record<string, Field>>
  },
): WrittenOperation {
  const fields = Object.entries(definition.fields).map(([field, given]) => [field, definitionOf(given)])
  return {
    do: 'create-collection',
    definition: {
      name,
      ...definition,
      fields: Object.fromEntries(fields) as Record<string, FieldDefinition>,
    },
  }
}

/** Drops a collection; its documents stay in the trash for 14 days, and come back when the migration is taken back. */
export function dropCollection(collection: string): WrittenOperation {
  return { do: 'drop-collection', collection }
}

export function renameCollection(collection: string, to: string): WrittenOperation {
  return { do: 'rename-collection', collection, to }
}

/** Adds a field: last, or before another one. */
export function addField(
  collection: string,
  field: string,
  definition: Field,
  options: { readonly before?: string } = {},
): WrittenOperation {
  return { do: 'add-field', collection, field, definition: definitionOf(definition), ...options }
}

/**
 * Gives a field another definition. `using` says how old values become those of a new type: CloudBox CEL over `doc`,
 * SQL over the columns, or a function of TypeScript, which runs in the command line, in batches.
 *
 * @example
 * changeField('people', 'age', t.integer(), { using: 'int(doc.age)' })
 * changeField('orders', 'cents', t.integer(), { using: { sql: 'round("price" * 100)' }, online: true })
 * changeField('people', 'phone', t.text(), { using: person => person.phone?.replaceAll(' ', '') ?? null })
 */
export function changeField(
  collection: string,
  field: string,
  definition: Field,
  {
    using = definition.using,
    online,
  }: {
    readonly using?: UsingHint | ClientTransform
    /** In batches beside reads and writes; then it is the only operation of its migration. */
    readonly online?: boolean
  } = {},
): WrittenOperation {
  const isClient = typeof using === 'function'
  return {
    do: 'change-field',
    collection,
    field,
    definition: definitionOf(definition),
    ...(using === undefined ? {} : { using: transformOf(using) }),
    // A function never runs inside of a transaction: nobody knows how long it takes.
    ...(online === true || isClient ? { online: true } : {}),
    ...(isClient ? { transform: using } : {}),
  }
}

export function renameField(collection: string, field: string, to: string): WrittenOperation {
  return { do: 'rename-field', collection, field, to }
}

/** Drops a field; its values stay in the trash for 14 days, and come back when the migration is taken back. */
export function dropField(collection: string, field: string): WrittenOperation {
  return { do: 'drop-field', collection, field }
}

/** Lists the fields of a collection in this order. */
export function orderFields(collection: string, fields: readonly string[]): WrittenOperation {
  return { do: 'order-fields', collection, fields: [...fields] }
}

/** Whether unknown fields are kept. */
export function setFlexible(collection: string, flexible = true): WrittenOperation {
  return { do: 'set-flexible', collection, flexible }
}

/** Makes an index; `online` without keeping writers out, then it is the only operation of its migration. */
export function addIndex(
  collection: string,
  definition: IndexDefinition,
  { online = false }: { readonly online?: boolean } = {},
): WrittenOperation {
  return { do: 'add-index', collection, definition, ...(online ? { online } : {}) }
}

/** Drops an index by its name: the given one, or that of its fields: `owner.createdAt_desc.index`. */
export function dropIndex(collection: string, index: string): WrittenOperation {
  return { do: 'drop-index', collection, index }
}

/** Gives an operation another policy; null closes it to all but the secret key. */
export function changePolicy(
  collection: string,
  operation: Operation,
  policy: string | null,
): WrittenOperation {
  return { do: 'change-policy', collection, operation, policy }
}

/** SQL for what has no operation. Without `down` the migration cannot be taken back. */
export function sql({ up, down }: { readonly up: string; readonly down?: string }): WrittenOperation {
  return { do: 'sql', up, ...(down === undefined ? {} : { down }) }
}

function definitionOf({ using: _using, ...definition }: Field): FieldDefinition {
  return definition as FieldDefinition
}

function transformOf(using: UsingHint | ClientTransform): Transform {
  if (typeof using === 'function') return { client: true }
  return typeof using === 'string' ? { cel: using } : using
}
