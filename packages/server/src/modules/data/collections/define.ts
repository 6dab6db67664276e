import type { Checked } from '@cloudbox/policy/checked'
import type { CollectionDefinition, Operation } from '@cloudbox/protocol/collection'
import type { Collection } from '../collection.ts'
import { checkFields } from './check-fields.ts'
import { checkIndexes } from './check-indexes.ts'
import { checkPolicies } from './check-policies.ts'
import { Mistakes } from './mistakes.ts'
import { refuseCollectionName } from './names.ts'
import { checkAddedFields } from './system-collections.ts'
import { toCollection } from './to-collection.ts'

/** What a definition is checked against. */
export interface DefineContext {
  readonly schema: string
  /** The other collections of the environment. */
  readonly others: ReadonlyMap<string, Collection>
  /** Major version of Postgres. */
  readonly version: number
}

/** A definition that is known to be good, with its expressions checked. */
export interface Defined {
  readonly definition: CollectionDefinition
  /** Field → the expression it is computed by. */
  readonly computed: ReadonlyMap<string, Checked>
  /** In the order of `definition.indexes`: which documents an index holds, unless all. */
  readonly indexFilters: readonly (Checked | undefined)[]
  readonly policies: ReadonlyMap<Operation, Checked>
}

/**
 * Checks a definition whose shape is right. Finds all mistakes at once.
 * @throws Problem `data/invalid-collection`, `policy/invalid-expression` or `policy/unnamed-public`, each mistake with
 * its place and, where there is one, the way to mend it.
 */
export function define(definition: CollectionDefinition, context: DefineContext): Defined {
  const mistakes = new Mistakes()
  const refused = refuseCollectionName(definition.name)
  if (refused !== undefined) mistakes.add('/name', `"${definition.name}": ${refused}`)
  checkAddedFields(definition, mistakes)
  const collection = toCollection(definition, { schema: context.schema, version: 0, incoming: [] })
  const all = new Map([...context.others, [definition.name, collection]])
  const defined = {
    definition,
    computed: checkFields(collection, { ...context, all }, mistakes),
    indexFilters: checkIndexes(collection, mistakes),
    policies: checkPolicies(collection, all, mistakes),
  }
  mistakes.throwIfAny(definition.name)
  return defined
}
