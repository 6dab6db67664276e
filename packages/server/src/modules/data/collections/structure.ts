import { isDeepStrictEqual } from 'node:util'
import { canonical } from '@cloudbox/protocol/canonical'
import type { CollectionChange, CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Environment } from '../../../kernel/caller.ts'
import type { Author } from '../../platform/module.ts'
import { applyChange } from './apply-change.ts'
import { inStructure, type StructureDeps } from './in-structure.ts'
import { loadStored, type StoredCollection } from './stored.ts'
import {
  refuseSystemChange,
  refuseSystemDrop,
  withOwnFields,
  type SystemCollection,
} from './system-collections.ts'

/** What a change of one collection needs. */
export interface AuthoredDeps extends StructureDeps {
  /** Who makes it; absent: the server itself. */
  readonly author?: Author
}

/** Makes a collection. */
export async function createCollection(
  deps: AuthoredDeps,
  environment: Environment,
  definition: CollectionDefinition,
): Promise<StoredCollection> {
  const { name } = definition
  return inStructure(deps, environment, {
    place: () => name,
    async run(change) {
      change.refuseTaken(name)
      const created = await change.put(undefined, definition)
      await deps.stream.publish(change.tx, environment.schema)
      return created
    },
    record: async tx =>
      deps.author?.record(tx, { action: 'collection.created', subject: name, after: canonical(definition) }),
  })
}

/** Changes a collection: fields, indexes, policies, its name. Old documents stay, in the new structure. */
export async function changeCollection(
  deps: AuthoredDeps,
  environment: Environment,
  name: string,
  wanted: CollectionChange,
): Promise<StoredCollection> {
  const { stored } = await inStructure(deps, environment, {
    place: () => name,
    async run(change) {
      const { definition: before } = change.get(name)
      refuseSystemChange(before, wanted)
      const { definition, renames } = applyChange(before, wanted)
      if (definition.name !== name) change.refuseTaken(definition.name, name)
      return { before, stored: await change.put(before, definition, { renames }) }
    },
    async record(tx, done) {
      const [before, after] = [canonical(done.before), canonical(done.stored.definition)]
      if (isDeepStrictEqual(before, after)) return
      await deps.author?.record(tx, { action: 'collection.changed', subject: name, before, after })
    },
  })
  return stored
}

/** Removes a collection with its documents. */
export async function dropCollection(
  deps: AuthoredDeps,
  environment: Environment,
  name: string,
): Promise<void> {
  refuseSystemDrop(name)
  await inStructure(deps, environment, {
    place: () => name,
    async run(change) {
      const { definition } = change.get(name)
      await change.drop(definition)
      return definition
    },
    record: async (tx, before) =>
      deps.author?.record(tx, { action: 'collection.dropped', subject: name, before: canonical(before) }),
  })
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
  await inStructure(deps, environment, {
    place: () => name,
    async run(change) {
      await change.adopt(system)
      await deps.stream.publish(change.tx, environment.schema)
    },
  })
}
