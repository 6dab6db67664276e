import { dataProblems } from '@cloudbox/protocol/data'
import { policyProblems } from '@cloudbox/protocol/policy'
import { schemaProblems } from '@cloudbox/protocol/schema'
import {
  SchemaApplied,
  SchemaApplyBody,
  SchemaPlan,
  SchemaPlanBody,
  SchemaReply,
  TrashReply,
} from '@cloudbox/protocol/schema-replies'
import { route, type Route } from '../../kernel/route.ts'
import type { AuthorOf } from '../platform/module.ts'
import type { SchemaDeps } from './deps.ts'
import { applySchema } from './structure/apply-schema.ts'
import { planSchema } from './structure/plan-schema.ts'
import { undoSchema } from './structure/undo-schema.ts'

const definitionProblems = [
  dataProblems['invalid-collection'],
  dataProblems['invalid-plan'],
  dataProblems['system-collection'],
  policyProblems['invalid-expression'],
  policyProblems['unnamed-public'],
  schemaProblems['required-circle'],
]

/** Endpoints for the structure as a whole. */
export function structureRoutes(deps: SchemaDeps, authorOf: AuthorOf): Route[] {
  return [
    route(
      'GET /schema',
      {
        summary: 'Get the whole structure',
        access: 'secret',
        permission: 'collections.read',
        reply: SchemaReply,
      },
      async ({ environment }) => ({
        json: { ...(await deps.data.exportStructure(environment)), isDev: environment.dev },
      }),
    ),

    route(
      'POST /schema/plan',
      {
        summary: 'Plan the way to another structure',
        description:
          'Compares, and tries the steps on a copy when asked to. Nothing is changed. Renames are told, for no comparison finds them.',
        access: 'secret',
        permission: 'collections.read',
        body: SchemaPlanBody,
        reply: SchemaPlan,
        problems: [...definitionProblems, schemaProblems['invalid-migration']],
      },
      async ({ environment, body }) => ({ json: await planSchema(deps, environment, body) }),
    ),

    route(
      'POST /schema/apply',
      {
        summary: 'Make the structure another one',
        description:
          'All of it in one transaction, or nothing. What is dropped is kept in the trash for 14 days. For development; elsewhere a structure follows its migrations.',
        access: 'secret',
        permission: 'collections.change',
        body: SchemaApplyBody,
        reply: SchemaApplied,
        problems: [
          ...definitionProblems,
          dataProblems['structure-changed'],
          dataProblems['data-does-not-fit'],
          dataProblems['collection-in-use'],
          dataProblems['collection-busy'],
          dataProblems['too-slow'],
          schemaProblems['values-lost'],
          schemaProblems['invalid-migration'],
        ],
      },
      async request => {
        const { environment, body } = request
        return { json: await applySchema({ ...deps, author: authorOf(request) }, environment, body) }
      },
    ),

    route(
      'POST /schema/plans/:plan/undo',
      {
        summary: 'Take back what was applied',
        description:
          'Definitions become what they were, and what was dropped comes out of the trash. It is a plan itself and can be undone as well.',
        access: 'secret',
        permission: 'collections.change',
        reply: SchemaApplied,
        problems: [
          dataProblems['unknown-plan'],
          dataProblems['cannot-undo'],
          dataProblems['trash-expired'],
          dataProblems['data-does-not-fit'],
          dataProblems['collection-busy'],
        ],
      },
      async request => {
        const { environment, params } = request
        return { json: await undoSchema({ ...deps, author: authorOf(request) }, environment, params.plan) }
      },
    ),

    route(
      'GET /schema/trash',
      {
        summary: 'List what was dropped and can come back',
        access: 'secret',
        permission: 'collections.read',
        reply: TrashReply,
      },
      async ({ environment }) => ({ json: { items: await deps.data.trash(environment) } }),
    ),
  ]
}
