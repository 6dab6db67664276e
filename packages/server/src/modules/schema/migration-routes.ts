import { dataProblems } from '@cloudbox/protocol/data'
import { platformProblems } from '@cloudbox/protocol/platform'
import { schemaProblems } from '@cloudbox/protocol/schema'
import {
  MigratedDown,
  MigratedUp,
  MigrateDownBody,
  MigrateUpBody,
  MigrationsPlan,
  MigrationsPlanBody,
  MigrationsReply,
} from '@cloudbox/protocol/schema-replies'
import type { Caller } from '../../kernel/caller.ts'
import { Problem } from '../../kernel/problem.ts'
import { route, type Route } from '../../kernel/route.ts'
import type { AuthorOf } from '../platform/module.ts'
import type { SchemaDeps } from './deps.ts'
import { readApplied } from './history/applied.ts'
import { hasSql, migrateDown } from './run/migrate-down.ts'
import { migrateUp } from './run/migrate-up.ts'
import { planMigrations } from './run/plan-migrations.ts'
import { showMigrations } from './run/show-migrations.ts'

const runProblems = [
  schemaProblems['migration-failed'],
  schemaProblems['change-under-way'],
  dataProblems['collection-busy'],
  dataProblems['too-slow'],
  platformProblems['not-allowed'],
]

/** Endpoints for migrations. */
export function migrationRoutes(deps: SchemaDeps, authorOf: AuthorOf): Route[] {
  return [
    route(
      'GET /schema/migrations',
      {
        summary: 'List the migrations that were applied',
        description: 'With how the structure differs from what they make, where it was changed without them.',
        access: 'secret',
        permission: 'collections.read',
        reply: MigrationsReply,
      },
      async ({ environment }) => ({ json: await showMigrations(deps, environment) }),
    ),

    route(
      'POST /schema/migrations/plan',
      {
        summary: 'Plan migrations',
        description:
          'Takes all there are, says where each stands, what the pending ones would do, and whatever keeps them from being applied. With `rehearse` the steps are tried on a copy: locks, time, whether tables are rewritten. Nothing is changed.',
        access: 'secret',
        permission: 'collections.read',
        body: MigrationsPlanBody,
        reply: MigrationsPlan,
      },
      async ({ environment, body }) => ({ json: await planMigrations(deps, environment, body) }),
    ),

    route(
      'POST /schema/migrations',
      {
        summary: 'Apply the pending migrations',
        description:
          'Takes all there are. Each pending one is applied in one transaction, in the order of their parents. SQL needs the permission `sql.open` as well.',
        access: 'secret',
        permission: 'collections.change',
        body: MigrateUpBody,
        reply: MigratedUp,
        problems: [
          ...runProblems,
          schemaProblems['invalid-migration'],
          schemaProblems['migration-edited'],
          schemaProblems['environment-ahead'],
          schemaProblems['migrations-conflict'],
          schemaProblems['structure-drifted'],
          schemaProblems['required-circle'],
        ],
      },
      async request => {
        const { environment, caller, body } = request
        if (hasSql(body.migrations)) mayUseSql(caller)
        return { json: await migrateUp({ ...deps, author: authorOf(request) }, environment, body) }
      },
    ),

    route(
      'POST /schema/migrations/down',
      {
        summary: 'Take back the migrations that were applied last',
        description: 'Values that were dropped come back from the trash, where they are kept for 14 days.',
        access: 'secret',
        permission: 'collections.change',
        body: MigrateDownBody,
        reply: MigratedDown,
        problems: [...runProblems, schemaProblems['no-way-back']],
      },
      async request => {
        const { environment, caller, body } = request
        const applied = await readApplied(deps.db, environment.schema)
        if (hasSql(applied.slice(-body.count))) mayUseSql(caller)
        return { json: await migrateDown({ ...deps, author: authorOf(request) }, environment, body.count) }
      },
    ),
  ]
}

/** @throws Problem `platform/not-allowed` */
function mayUseSql(caller: Caller): void {
  if (caller.scope?.may('sql.open') !== false) return
  throw new Problem(platformProblems['not-allowed'], 'SQL in migrations needs the permission sql.open.', {
    hint: 'Use a key or a role that has it, or write the migration without SQL.',
  })
}
