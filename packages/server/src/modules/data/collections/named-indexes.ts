import type { IndexDefinition } from '@cloudbox/protocol/collection'
import type { Collection } from '../collection.ts'
import { indexesOf } from './indexes.ts'
import { partName } from './names.ts'

/** An index of a table. */
export interface NamedIndex {
  readonly postgresName: string
  /** As its author wrote it; absent for one that comes with a unique field or a relation. */
  readonly authored?: IndexDefinition
}

/** Every index of a collection but that of its id. */
export function namedIndexes({ name, definition }: Collection): NamedIndex[] {
  return indexesOf(definition).map(index => ({
    postgresName: partName(name, index.name),
    ...(index.position === undefined ? {} : { authored: definition.indexes![index.position]! }),
  }))
}
