import { indexName } from '@cloudbox/protocol/canonical'
import type { CollectionDefinition, IndexDefinition } from '@cloudbox/protocol/collection'

/** An index as the table has it. */
export interface TableIndex {
  /** The last part of its name: unique within the collection. */
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly descending: boolean }[]
  readonly unique: boolean
  readonly kind: NonNullable<IndexDefinition['kind']>
  /** Which of the definition's indexes it is; absent for those that come with a field. */
  readonly position?: number
  readonly where?: string
}

/** Reads `-createdAt`. */
export function indexField(entry: string): { name: string; descending: boolean } {
  const descending = entry.startsWith('-')
  return { name: descending ? entry.slice(1) : entry, descending }
}

/** Every index of a collection: those of its unique fields and relations, then the author's. */
export function indexesOf({ fields, indexes = [] }: CollectionDefinition): TableIndex[] {
  const own = indexes.map((index, position): TableIndex => ({
    name: indexName(index),
    fields: index.fields.map(indexField),
    unique: index.unique === true,
    kind: index.kind ?? 'btree',
    position,
    ...(index.where === undefined ? {} : { where: index.where }),
  }))
  const leads = (name: string): boolean =>
    own.some(index => index.kind === 'btree' && index.where === undefined && index.fields[0]?.name === name)
  const implied = Object.entries(fields).flatMap(([name, field]): TableIndex[] => {
    const single = { fields: [{ name, descending: false }], kind: 'btree' } as const
    if (field.unique) return [{ ...single, name: `${name}.unique`, unique: true }]
    // Deleting what a relation points to would otherwise read the whole table.
    if (field.type === 'relation' && !leads(name))
      return [{ ...single, name: `${name}.relation`, unique: false }]
    return []
  })
  return [...implied, ...own]
}
