import { Type, type Static } from 'typebox'

/** Names of collections and fields: a letter, then letters, digits or underscores, at most 60 characters. */
export const namePattern = '^[A-Za-z][A-Za-z0-9_]{0,59}$'

/** The types a field may have. The README of the data module says which Postgres type each becomes. */
export const fieldTypes = [
  'text',
  'integer',
  'number',
  'decimal',
  'boolean',
  'timestamp',
  'date',
  'json',
  'uuid',
  'email',
  'url',
  'select',
  'relation',
  'file',
  'geopoint',
] as const
export type FieldType = (typeof fieldTypes)[number]

/** What personal texts may be. */
export const piiKinds = ['text', 'name', 'phone', 'email', 'url'] as const

/** An expression in CloudBox CEL, e.g. `auth.uid == doc.owner`. */
const Cel = Type.String({ minLength: 1, maxLength: 10_000 })

/** One field of a collection. */
export const FieldDefinition = Type.Object(
  {
    type: Type.Enum([...fieldTypes]),
    /** An array of this type (not for json, relation, file and geopoint). */
    list: Type.Optional(Type.Boolean()),
    /** The field may not be absent. */
    required: Type.Optional(Type.Boolean()),
    /** No two documents have the same value. */
    unique: Type.Optional(Type.Boolean()),
    /** A literal value, or `{ cel: 'now' }`, `{ cel: 'auth.uid' }`: an expression over the caller, computed on insert. */
    default: Type.Optional(Type.Unknown()),
    /** Smallest number, or shortest text in characters, or fewest elements of a list. */
    min: Type.Optional(Type.Number()),
    /** Largest number, or longest text in characters, or most elements of a list. */
    max: Type.Optional(Type.Number()),
    /** A regular expression (the subset of CloudBox CEL) the whole text has to match. */
    pattern: Type.Optional(Type.String({ maxLength: 256 })),
    /** The values a select may have. */
    options: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 500 }),
    ),
    /** The collection a relation points to. */
    to: Type.Optional(Type.String({ pattern: namePattern })),
    /** What happens to this document when the one it points to is deleted; `restrict` unless told. */
    onDelete: Type.Optional(Type.Enum(['restrict', 'cascade', 'setNull'])),
    /** The field is computed from others of the document by this expression, e.g. `doc.first + ' ' + doc.last`. */
    computed: Type.Optional(Cel),
    /**
     * The values are personal: copies of the environment get made-up ones of the same form in their place. `true` where the
     * type tells the form; a `text` may say that it holds a `name`, `phone`, `email` or `url`.
     */
    pii: Type.Optional(Type.Union([Type.Literal(true), Type.Enum([...piiKinds])])),
  },
  { additionalProperties: false },
)
export type FieldDefinition = Static<typeof FieldDefinition>

/** One index of a collection. */
export const IndexDefinition = Type.Object(
  {
    /** Its name; made from the fields unless told. */
    name: Type.Optional(Type.String({ pattern: namePattern })),
    /** Fields in order; `-createdAt` for descending. */
    fields: Type.Array(Type.String({ minLength: 1, maxLength: 61 }), { minItems: 1, maxItems: 16 }),
    unique: Type.Optional(Type.Boolean()),
    /** Only documents for which this expression is true are in the index, e.g. `doc.done == false`. */
    where: Type.Optional(Cel),
    /** `btree` unless told; `gin` for lists and json, `trigram` for `like`/`ilike`, `gist` for geopoints. */
    kind: Type.Optional(Type.Enum(['btree', 'gin', 'gist', 'trigram'])),
  },
  { additionalProperties: false },
)
export type IndexDefinition = Static<typeof IndexDefinition>

/** What a policy can guard. `list` guards queries and live queries, `get` one document by its id. */
export const operations = ['list', 'get', 'create', 'update', 'delete'] as const
export type Operation = (typeof operations)[number]

/** One expression per operation; an operation without one is closed to all but the secret key. */
export const Policies = Type.Object(
  {
    list: Type.Optional(Cel),
    get: Type.Optional(Cel),
    create: Type.Optional(Cel),
    update: Type.Optional(Cel),
    delete: Type.Optional(Cel),
  },
  { additionalProperties: false },
)
export type Policies = Static<typeof Policies>

/** A whole collection, as `POST /v1/data/$collections` takes it and `GET` answers it. */
export const CollectionDefinition = Type.Object(
  {
    name: Type.String({ pattern: namePattern }),
    /** Unknown fields are kept (in a jsonb column) and behave as fields. */
    flexible: Type.Optional(Type.Boolean()),
    fields: Type.Record(Type.String({ pattern: namePattern }), FieldDefinition, {
      additionalProperties: false,
    }),
    indexes: Type.Optional(Type.Array(IndexDefinition, { maxItems: 64 })),
    policies: Type.Optional(Policies),
  },
  { additionalProperties: false },
)
export type CollectionDefinition = Static<typeof CollectionDefinition>

/**
 * Body of `PATCH /v1/data/$collections/{name}`. Only what is named changes: a field set to null is dropped with its
 * data, `rename` keeps it; a policy set to null is closed; `indexes` replaces the whole list.
 */
export const CollectionChange = Type.Object(
  {
    name: Type.Optional(Type.String({ pattern: namePattern })),
    flexible: Type.Optional(Type.Boolean()),
    rename: Type.Optional(Type.Record(Type.String(), Type.String({ pattern: namePattern }))),
    fields: Type.Optional(
      Type.Record(Type.String({ pattern: namePattern }), Type.Union([FieldDefinition, Type.Null()]), {
        additionalProperties: false,
      }),
    ),
    indexes: Type.Optional(Type.Array(IndexDefinition, { maxItems: 64 })),
    policies: Type.Optional(
      Type.Partial(Type.Record(Type.Enum([...operations]), Type.Union([Cel, Type.Null()])), {
        additionalProperties: false,
      }),
    ),
  },
  { additionalProperties: false },
)
export type CollectionChange = Static<typeof CollectionChange>
