/** What the endpoints below `/v1/schema` take and answer. */
import { Type, type Static } from 'typebox'
import { CollectionDefinition } from './collection.ts'
import { Migration, MigrationOperation, Transform } from './schema.ts'

const closed = { additionalProperties: false } as const
const Versions = Type.Record(Type.String(), Type.Integer(), {
  description: 'Version of each collection; they tell later whether the structure is still the same.',
})
const Detail = Type.Object({
  at: Type.String(),
  message: Type.String(),
  hint: Type.Optional(Type.String()),
})

/** A problem told as part of an answer. */
const Told = Type.Object({
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(Detail)),
})

/** The structure of an environment. */
export const SchemaReply = Type.Object({
  collections: Type.Array(CollectionDefinition, {
    description: 'What authors wrote, without what goes without saying; of `users` only what was added.',
  }),
  versions: Versions,
  isDev: Type.Boolean({ description: 'Whether it is an environment for development.' }),
})
export type SchemaReply = Static<typeof SchemaReply>

/** Old names → new ones: no comparison can tell a renamed field from one that was dropped and another that was added. */
export const SchemaRenames = Type.Object(
  {
    collections: Type.Optional(Type.Record(Type.String(), Type.String())),
    /** By the new name of the collection. */
    fields: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.String()))),
  },
  closed,
)
export type SchemaRenames = Static<typeof SchemaRenames>

/** One step of a plan, for people and for programs. */
export const SchemaStep = Type.Object({
  kind: Type.String(),
  collection: Type.String({ description: 'Empty for SQL.' }),
  field: Type.Optional(Type.String()),
  sentence: Type.String(),
  isDestructive: Type.Boolean({ description: 'Documents lose values by it; they are kept in the trash.' }),
})
export type SchemaStep = Static<typeof SchemaStep>

/** What a step did to a copy of the environment. */
const Measures = {
  locks: Type.Array(
    Type.Object({
      collection: Type.String(),
      mode: Type.String({ description: 'As Postgres calls it, e.g. AccessExclusiveLock.' }),
    }),
  ),
  isRewrite: Type.Boolean({ description: 'Postgres writes the whole table anew.' }),
  rows: Type.Integer({ description: 'Documents of its collection.' }),
  ms: Type.Number({ description: 'Time it took on the copy.' }),
  safer: Type.Optional(Type.String({ description: 'What to do instead where many have to wait for it.' })),
}

export const RehearsedSchemaStep = Type.Object({ ...SchemaStep.properties, ...Measures })
export type RehearsedSchemaStep = Static<typeof RehearsedSchemaStep>

/** A step that is planned; measured when a rehearsal was asked for and came this far. SQL is not rehearsed. */
export const PlannedSchemaStep = Type.Object({
  ...SchemaStep.properties,
  ...Type.Partial(Type.Object(Measures)).properties,
})
export type PlannedSchemaStep = Static<typeof PlannedSchemaStep>

export const SchemaPlanBody = Type.Object(
  {
    collections: Type.Array(CollectionDefinition, { maxItems: 1000 }),
    renames: Type.Optional(SchemaRenames),
    /** Compare with the structure these make from nothing, instead of with the environment's. */
    migrations: Type.Optional(Type.Array(Migration, { maxItems: 10_000 })),
    /** Try the steps on a copy. */
    rehearse: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type SchemaPlanBody = Static<typeof SchemaPlanBody>

export const SchemaPlan = Type.Object({
  steps: Type.Array(SchemaStep),
  versions: Versions,
  operations: Type.Array(MigrationOperation, { description: 'The same as a migration says it.' }),
  parents: Type.Array(Type.String(), {
    description: 'Of a migration that holds them: the newest of `migrations`, or of those applied here.',
  }),
  rehearsal: Type.Optional(
    Type.Object({
      steps: Type.Array(RehearsedSchemaStep),
      failure: Type.Optional(Told),
    }),
  ),
})
export type SchemaPlan = Static<typeof SchemaPlan>

export const SchemaApplyBody = Type.Object(
  {
    collections: Type.Array(CollectionDefinition, { maxItems: 1000 }),
    renames: Type.Optional(SchemaRenames),
    /** How values of fields become those of their new types, by `collection.field` as they are called then. */
    using: Type.Optional(Type.Record(Type.String(), Transform)),
    /** Refuse when the structure is no longer this. */
    versions: Type.Optional(Versions),
  },
  closed,
)
export type SchemaApplyBody = Static<typeof SchemaApplyBody>

export const SchemaApplied = Type.Object({
  plan: Type.Union([Type.String(), Type.Null()], { description: 'null: nothing was to be done.' }),
  steps: Type.Array(SchemaStep),
})
export type SchemaApplied = Static<typeof SchemaApplied>

export const AppliedMigration = Type.Object({
  name: Type.String(),
  parents: Type.Array(Type.String()),
  hash: Type.String({ description: 'Of its parents and operations.' }),
  appliedAt: Type.String(),
  plans: Type.Array(Type.String(), {
    description: 'What it did to the structure; none of one that was taken over as it was.',
  }),
  state: Type.Enum(['applied', 'running', 'failed']),
  change: Type.Optional(Type.String({ description: 'The online change it goes on as.' })),
})
export type AppliedMigration = Static<typeof AppliedMigration>

export const MigrationsReply = Type.Object({
  applied: Type.Array(AppliedMigration, { description: 'In the order they were applied.' }),
  drift: Type.Array(Type.String(), {
    description: 'How the structure differs from what the migrations make, one sentence each.',
  }),
})
export type MigrationsReply = Static<typeof MigrationsReply>

export const MigrationsPlanBody = Type.Object(
  {
    migrations: Type.Array(Migration, { maxItems: 10_000 }),
    /** Try the steps on a copy. */
    rehearse: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type MigrationsPlanBody = Static<typeof MigrationsPlanBody>

export const MigrationsPlan = Type.Object({
  migrations: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.Enum(['applied', 'edited', 'pending', 'running', 'failed']),
      isTakenOver: Type.Optional(
        Type.Boolean({ description: 'What it does is there already: it will be noted and nothing done.' }),
      ),
      steps: Type.Array(PlannedSchemaStep, { description: 'Of one that is pending.' }),
    }),
    { description: 'Every one that was sent, in the order they are applied.' },
  ),
  problems: Type.Array(Told, { description: 'Why they cannot be applied; none: they can.' }),
})
export type MigrationsPlan = Static<typeof MigrationsPlan>

export const MigrateUpBody = Type.Object(
  {
    /** All there are; which of them are pending is worked out. */
    migrations: Type.Array(Migration, { maxItems: 10_000 }),
    /** At most so many. */
    count: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  closed,
)
export type MigrateUpBody = Static<typeof MigrateUpBody>

export const MigratedUp = Type.Object({
  applied: Type.Array(
    Type.Object({
      name: Type.String(),
      plans: Type.Array(Type.String()),
      isTakenOver: Type.Optional(Type.Boolean()),
    }),
  ),
  running: Type.Optional(
    Type.Object(
      { name: Type.String(), change: Type.String() },
      { description: 'Goes on as an online change; those after it wait for its end.' },
    ),
  ),
})
export type MigratedUp = Static<typeof MigratedUp>

export const MigrateDownBody = Type.Object({ count: Type.Integer({ minimum: 1, maximum: 1000 }) }, closed)
export type MigrateDownBody = Static<typeof MigrateDownBody>

export const MigratedDown = Type.Object({
  undone: Type.Array(Type.String(), { description: 'In the order they were taken back.' }),
})
export type MigratedDown = Static<typeof MigratedDown>

export const TrashReply = Type.Object({
  items: Type.Array(
    Type.Object({
      plan: Type.String(),
      step: Type.Integer({ description: 'Of the plan, from 1.' }),
      kind: Type.Enum(['collection', 'field', 'unknown-field']),
      collection: Type.String(),
      field: Type.Union([Type.String(), Type.Null()]),
      bytes: Type.Number(),
      removedAt: Type.String(),
      expiresAt: Type.String({ description: 'From then on it may be removed for good.' }),
    }),
  ),
})
export type TrashReply = Static<typeof TrashReply>
