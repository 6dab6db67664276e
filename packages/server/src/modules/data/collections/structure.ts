import type { CollectionChange, CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Environment } from '../../../kernel/caller.ts'
import { applyChange } from './apply-change.ts'
import { inStructure, type StructureDeps } from './in-structure.ts'
import { loadStored, type StoredCollection } from './stored.ts'
import {
  refuseSystemChange,
  refuseSystemDrop,
  withOwnFields,
  type SystemCollection,
} from './system-collections.ts'

/** Makes a collection. */
export async function createCollection(
  deps: StructureDeps,
  environment: Environment,
  definition: CollectionDefinition,
): Promise<StoredCollection> {
  return inStructure(
    deps,
    environment,
    () => definition.name,
    async change => {
      change.refuseTaken(definition.name)
      const created = await change.put(undefined, definition)
      await deps.stream.publish(change.tx, environment.schema)
      return created
    },
  )
}

/** Changes a collection: fields, indexes, policies, its name. Old documents stay, in the new structure. */
export async function changeCollection(
  deps: StructureDeps,
  environment: Environment,
  name: string,
  wanted: CollectionChange,
): Promise<StoredCollection> {
  return inStructure(
    deps,
    environment,
    () => name,
    async change => {
      const { definition: before } = change.get(name)
      refuseSystemChange(before, wanted)
      const { definition, renames } = applyChange(before, wanted)
      if (definition.name !== name) change.refuseTaken(definition.name, name)
      return change.put(before, definition, renames)
    },
  )
}

/** Removes a collection with its documents. */
export async function dropCollection(
  deps: StructureDeps,
  environment: Environment,
  name: string,
): Promise<void> {
  refuseSystemDrop(name)
  await inStructure(
    deps,
    environment,
    () => name,
    change => change.drop(change.get(name).definition),
  )
}

/** Lists a collection whose table a module has made, and brings what is listed up to date with the module. */
export async function adoptCollection(
  deps: StructureDeps,
  environment: Environment,
  system: SystemCollection,
): Promise<void> {
  const { name } = system.definition
  const known = (await loadStored(deps.db, environment.schema)).get(name)?.definition
  if (JSON.stringify(known) === JSON.stringify(withOwnFields(system, known))) return
  await inStructure(
    deps,
    environment,
    () => name,
    async change => {
      await change.adopt(system)
      await deps.stream.publish(change.tx, environment.schema)
    },
  )
}
