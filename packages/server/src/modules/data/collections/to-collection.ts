import { operations, type CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Collection, Field, IncomingRelation, Policy } from '../collection.ts'
import { systemCollections } from './system-collections.ts'

export interface CollectionPlace {
  /** Postgres schema of the environment. */
  readonly schema: string
  readonly version: number
  readonly incoming: readonly IncomingRelation[]
}

const builtIn = { list: false, required: true, computed: false, managed: false, builtIn: true } as const
const builtInFields: readonly Field[] = [
  { ...builtIn, name: 'id', column: 'id', type: 'uuid', unique: true },
  { ...builtIn, name: 'createdAt', column: 'created_at', type: 'timestamp', unique: false },
  { ...builtIn, name: 'updatedAt', column: 'updated_at', type: 'timestamp', unique: false },
]

/** A valid definition as the object requests work with. */
export function toCollection(definition: CollectionDefinition, place: CollectionPlace): Collection {
  const system = systemCollections.get(definition.name)
  const isManaged = (name: string): boolean =>
    system !== undefined && Object.hasOwn(system.definition.fields, name) && !system.openFields.includes(name)
  const own = Object.entries(definition.fields).map(([name, field]): Field => ({
    name,
    column: name,
    type: field.type,
    list: field.list === true,
    required: field.required === true,
    unique: field.unique === true,
    computed: field.computed !== undefined,
    managed: isManaged(name),
    builtIn: false,
    definition: field,
  }))
  const policies = operations.flatMap((operation): [typeof operation, Policy][] => {
    const text = definition.policies?.[operation]
    return text === undefined ? [] : [[operation, { operation, text }]]
  })
  return {
    name: definition.name,
    schema: place.schema,
    version: place.version,
    flexible: definition.flexible === true,
    fields: new Map([...builtInFields, ...own].map(field => [field.name, field])),
    policies: new Map(policies),
    incoming: place.incoming,
    definition,
    ...(system === undefined ? {} : { system }),
  }
}

/** The relations of all collections that point to one of them. */
export function incomingRelations(
  name: string,
  definitions: Iterable<CollectionDefinition>,
): IncomingRelation[] {
  return [...definitions].flatMap(other =>
    Object.entries(other.fields)
      .filter(([, field]) => field.type === 'relation' && field.to === name)
      .map(([field, { unique }]) => ({ collection: other.name, field, unique: unique === true })),
  )
}
