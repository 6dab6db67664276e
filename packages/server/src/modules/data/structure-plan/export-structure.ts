import { canonical } from '@cloudbox/protocol/canonical'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { loadStored, type StoredCollection } from '../collections/stored.ts'
import { systemCollections } from '../collections/system-collections.ts'
import type { Structure } from './fold-step.ts'

/** The structure of an environment as plain data. */
export interface ExportedStructure {
  /** In the order of their names. Of a system collection only what its author added, and its policies. */
  readonly collections: readonly CollectionDefinition[]
  /** Version of each, to tell later whether it is still the structure that was exported. */
  readonly versions: Readonly<Record<string, number>>
}

export async function exportStructure(
  db: Queryable,
  { schema }: Pick<Environment, 'schema'>,
): Promise<ExportedStructure> {
  const stored = [...(await loadStored(db, schema)).values()]
  return { collections: stored.map(authored), versions: versionsOf(stored) }
}

/** The part of a definition that is its author's. */
export function authored({ definition }: StoredCollection): CollectionDefinition {
  const own = systemCollections.get(definition.name)?.definition.fields ?? {}
  const fields = Object.entries(definition.fields).filter(([name]) => !Object.hasOwn(own, name))
  return canonical({ ...definition, fields: Object.fromEntries(fields) })
}

export function versionsOf(stored: Iterable<StoredCollection>): Record<string, number> {
  return Object.fromEntries(Array.from(stored, ({ definition, version }) => [definition.name, version]))
}

/** The structure of an environment in which nobody has made anything. */
export function emptyStructure(): Structure {
  const systems = Array.from(systemCollections.values(), ({ definition }) =>
    authored({ definition, version: 0 }),
  )
  return new Map(systems.map(definition => [definition.name, definition]))
}
