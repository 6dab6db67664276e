/**
 * Schema: an app's structure as it stands in code, and the migrations that lead there. Endpoints below `/v1/schema`, for
 * the secret key and for operators.
 */
import { Type, type Static } from 'typebox'
import {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  namePattern,
  operations,
} from './collection.ts'
import { defineProblems } from './problem.ts'

export const schemaProblems = defineProblems('schema', {
  'migration-edited': {
    status: 409,
    title: 'A migration that was applied has been changed since',
    hint: 'Put the file back as it was, and say what is new in another migration: cloudbox migrate create.',
  },
  'environment-ahead': {
    status: 409,
    title: 'The environment has migrations that are not among yours',
    hint: 'Get the missing files (git pull), or take the structure over with cloudbox schema pull.',
  },
  'migrations-conflict': {
    status: 409,
    title: 'Two branches of migrations change the same thing',
    hint: 'Decide which comes first: cloudbox migrate create joins both into one line.',
  },
  'invalid-migration': { status: 422, title: 'The migration cannot be understood' },
  'migration-failed': {
    status: 422,
    title: 'A migration could not be applied',
    hint: 'Nothing of it was done. Migrations before it stay applied.',
  },
  'structure-drifted': {
    status: 409,
    title: 'The structure is not what its migrations make of it',
    hint: 'See what differs with cloudbox schema diff, then take it over with cloudbox schema pull.',
  },
  'required-circle': {
    status: 422,
    title: 'No document could ever be made',
    hint: 'Leave `required` out of one of the relations.',
  },
  'change-under-way': {
    status: 409,
    title: 'An online change is under way',
    hint: 'Follow it with cloudbox migrate status, or end it with cloudbox migrate cancel.',
  },
  'no-way-back': {
    status: 409,
    title: 'A migration cannot be taken back',
    hint: 'Nothing was changed. Write what leads where you want to be as another migration.',
  },
  'sql-refused': { status: 422, title: 'The database refuses this SQL' },
  'invalid-transform': {
    status: 422,
    title: 'The transform cannot be used',
    hint: 'Nothing was done. A transform computes one value from one document.',
  },
  'unknown-change': { status: 404, title: 'No such change' },
  'change-over': { status: 409, title: 'The online change is past that' },
  'values-lost': {
    status: 409,
    title: 'Values changed in a way nothing explains',
    hint: 'Nothing was done. Say how values are to be changed with `using`.',
  },
})

const Name = Type.String({ pattern: namePattern })

/** How the values of a field become those of its new type. */
export const Transform = Type.Union([
  /** An expression over the document, e.g. `int(doc.age)`. */
  Type.Object({ cel: Type.String({ minLength: 1, maxLength: 10_000 }) }, { additionalProperties: false }),
  /** SQL over the columns of the row, e.g. `round("price" * 100)`. */
  Type.Object({ sql: Type.String({ minLength: 1, maxLength: 10_000 }) }, { additionalProperties: false }),
  /** A function in the migration's file: whoever applies it reads documents in batches and sends values back. */
  Type.Object({ client: Type.Literal(true) }, { additionalProperties: false }),
])
export type Transform = Static<typeof Transform>

/** One operation of a migration. It says what to do, not what was there before: that is known where it is applied. */
export const MigrationOperation = Type.Union([
  Type.Object(
    { do: Type.Literal('create-collection'), definition: CollectionDefinition },
    { additionalProperties: false },
  ),
  Type.Object({ do: Type.Literal('drop-collection'), collection: Name }, { additionalProperties: false }),
  Type.Object(
    { do: Type.Literal('rename-collection'), collection: Name, to: Name },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      do: Type.Literal('add-field'),
      collection: Name,
      field: Name,
      definition: FieldDefinition,
      /** The field it stands before; the last unless told. */
      before: Type.Optional(Name),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      do: Type.Literal('change-field'),
      collection: Name,
      field: Name,
      definition: FieldDefinition,
      using: Type.Optional(Transform),
      /**
       * In batches beside reads and writes instead of in one transaction. Such an operation is the only one of its
       * migration.
       */
      online: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    { do: Type.Literal('rename-field'), collection: Name, field: Name, to: Name },
    { additionalProperties: false },
  ),
  Type.Object(
    { do: Type.Literal('drop-field'), collection: Name, field: Name },
    { additionalProperties: false },
  ),
  Type.Object(
    { do: Type.Literal('order-fields'), collection: Name, fields: Type.Array(Name) },
    { additionalProperties: false },
  ),
  Type.Object(
    { do: Type.Literal('set-flexible'), collection: Name, flexible: Type.Boolean() },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      do: Type.Literal('add-index'),
      collection: Name,
      definition: IndexDefinition,
      /** Without keeping writers out, outside of a transaction. Such an operation is the only one of its migration. */
      online: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    { do: Type.Literal('drop-index'), collection: Name, index: Type.String({ minLength: 1 }) },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      do: Type.Literal('change-policy'),
      collection: Name,
      operation: Type.Enum([...operations]),
      policy: Type.Union([Type.String({ minLength: 1, maxLength: 10_000 }), Type.Null()]),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      do: Type.Literal('sql'),
      up: Type.String({ minLength: 1, maxLength: 1_000_000 }),
      /** Without it the migration cannot be taken back. */
      down: Type.Optional(Type.String({ maxLength: 1_000_000 })),
    },
    { additionalProperties: false },
  ),
])
export type MigrationOperation = Static<typeof MigrationOperation>

/** A migration: its file without the TypeScript around it. */
export const Migration = Type.Object(
  {
    /** Name of its file without `.ts`, e.g. `20261129103000_add_priority`. */
    name: Type.String({ pattern: '^[A-Za-z0-9_-]{1,120}$' }),
    /** Names of the migrations it was made after: none of the first, two where it joins branches. */
    parents: Type.Array(Type.String(), { maxItems: 16 }),
    operations: Type.Array(MigrationOperation, { maxItems: 1000 }),
  },
  { additionalProperties: false },
)
export type Migration = Static<typeof Migration>
