/** Advisor: what would make an environment faster. Endpoints below `/v1/advisor`, for the secret key and for operators. */
import { Type, type Static } from 'typebox'
import { IndexDefinition } from './collection.ts'
import { defineProblems } from './problem.ts'

export const advisorProblems = defineProblems('advisor', {
  'unknown-index': { status: 404, title: 'No such index' },
})

/** A statement that an index would serve. */
export const ServedQuery = Type.Object({
  /** As it was sent, with `$1` for each value. */
  query: Type.String(),
  calls: Type.Integer(),
  meanMs: Type.Number(),
  /** What the planner says it costs on a copy of the documents, without and with the index. No unit but each other. */
  costBefore: Type.Number(),
  costAfter: Type.Number(),
  /** How long it took there, of reads. */
  msBefore: Type.Optional(Type.Number()),
  msAfter: Type.Optional(Type.Number()),
})
export type ServedQuery = Static<typeof ServedQuery>

/** One thing to do about indexes. */
export const IndexAdvice = Type.Union([
  Type.Object({
    kind: Type.Literal('create'),
    collection: Type.String(),
    /** Several where only all of them together help, as for both sides of an `or`. */
    indexes: Type.Array(IndexDefinition),
    reason: Type.String(),
    serves: Type.Array(ServedQuery),
  }),
  Type.Object({
    kind: Type.Literal('drop'),
    collection: Type.String(),
    index: IndexDefinition,
    reason: Type.String(),
    /** What it takes on the disk. */
    bytes: Type.Integer(),
  }),
  Type.Object({
    kind: Type.Literal('repair'),
    collection: Type.String(),
    /** Its name in Postgres. */
    index: Type.String(),
    reason: Type.String(),
  }),
])
export type IndexAdvice = Static<typeof IndexAdvice>

/** Answer of `GET /v1/advisor/indexes`. */
export const IndexReport = Type.Object({
  advice: Type.Array(IndexAdvice),
  statements: Type.Object({
    /** Without pg_stat_statements nothing is known of queries; indexes are looked at all the same. */
    source: Type.Enum(['pg_stat_statements', 'unavailable']),
    /** How many were looked at. */
    seen: Type.Integer(),
    /** Since when they are counted. */
    since: Type.Optional(Type.String({ format: 'date-time' })),
  }),
})
export type IndexReport = Static<typeof IndexReport>
