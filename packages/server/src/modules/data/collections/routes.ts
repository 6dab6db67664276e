import { CollectionChange, CollectionDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import { policyProblems } from '@cloudbox/protocol/policy'
import { Type } from 'typebox'
import { route, type Route } from '../../../kernel/route.ts'
import type { AuthorOf } from '../../platform/module.ts'
import type { StoredCollection } from './stored.ts'
import { systemCollections } from './system-collections.ts'
import type { StructureDeps } from './in-structure.ts'
import { changeCollection, createCollection, dropCollection } from './structure.ts'

const Versioned = Type.Object({
  ...CollectionDefinition.properties,
  /** It belongs to a module of the platform, which makes and deletes its documents. */
  system: Type.Optional(Type.Literal(true)),
  /** Grows with every change. */
  version: Type.Integer(),
})

const definitionProblems = [
  dataProblems['invalid-collection'],
  policyProblems['invalid-expression'],
  policyProblems['unnamed-public'],
  dataProblems['collection-exists'],
]
const changeProblems = [
  dataProblems['unknown-collection'],
  dataProblems['collection-in-use'],
  dataProblems['system-collection'],
  dataProblems['too-slow'],
]

/** Endpoints for the structure of collections. Only the secret key may use them. */
export function collectionRoutes(deps: StructureDeps, authorOf: AuthorOf): Route[] {
  return [
    route(
      'GET /data/$collections',
      {
        summary: 'List the collections',
        access: 'secret',
        permission: 'collections.read',
        reply: Type.Object({ collections: Type.Array(Versioned) }),
      },
      async ({ environment }) => {
        const collections = await deps.catalog.collections(environment)
        return { json: { collections: [...collections.values()].map(show) } }
      },
    ),

    route(
      'POST /data/$collections',
      {
        summary: 'Create a collection',
        description: 'A collection without policies is open to the secret key only.',
        access: 'secret',
        permission: 'collections.change',
        body: CollectionDefinition,
        reply: Versioned,
        problems: definitionProblems,
      },
      async request => {
        const authored = { ...deps, author: authorOf(request) }
        const json = show(await createCollection(authored, request.environment, request.body))
        return { status: 201, json }
      },
    ),

    route(
      'GET /data/$collections/:name',
      {
        summary: 'Get the structure of a collection',
        access: 'secret',
        permission: 'collections.read',
        reply: Versioned,
        problems: [dataProblems['unknown-collection']],
      },
      async ({ environment, caller, params }) => ({
        json: show(await deps.catalog.collection(environment, params.name, caller)),
      }),
    ),

    route(
      'PATCH /data/$collections/:name',
      {
        summary: 'Change a collection',
        description:
          'Only what is named changes. A field set to null is dropped with its data, `rename` keeps it; a policy set to null is closed; `indexes` replaces the whole list. Everything happens in one transaction, or nothing.',
        access: 'secret',
        permission: 'collections.change',
        body: CollectionChange,
        reply: Versioned,
        problems: [...definitionProblems, ...changeProblems, dataProblems['data-does-not-fit']],
      },
      async request => {
        const { environment, params, body } = request
        const authored = { ...deps, author: authorOf(request) }
        return { json: show(await changeCollection(authored, environment, params.name, body)) }
      },
    ),

    route(
      'DELETE /data/$collections/:name',
      {
        summary: 'Drop a collection with all its documents',
        description: 'Refused while relations or policies of other collections need it.',
        access: 'secret',
        permission: 'collections.change',
        problems: changeProblems,
      },
      async request => {
        const authored = { ...deps, author: authorOf(request) }
        await dropCollection(authored, request.environment, request.params.name)
        return { status: 204 }
      },
    ),
  ]
}

function show({ definition, version }: StoredCollection) {
  return { ...definition, ...(systemCollections.has(definition.name) ? { system: true } : {}), version }
}
