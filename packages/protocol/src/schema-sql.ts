import { Type, type Static } from 'typebox'

/** SQL that a person writes: `POST /v1/schema/sql`, for the secret key and for operators with `sql.open`. */

const closed = { additionalProperties: false } as const

export const SqlBody = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: 100_000, description: 'One statement.' }),
    write: Type.Optional(
      Type.Boolean({
        description: 'It may change something, which then is in the audit; otherwise Postgres refuses that.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 5000, default: 500, description: 'Most rows that are answered.' }),
    ),
    explain: Type.Optional(
      Type.Enum(['plan', 'analyze'], {
        description:
          'How Postgres would do it, instead of doing it; `analyze` does it, measures and takes it back.',
      }),
    ),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 60_000, default: 15_000 })),
  },
  closed,
)
export type SqlBody = Static<typeof SqlBody>

/** What a statement answered. */
export const SqlReply = Type.Object({
  columns: Type.Array(
    Type.Object({
      name: Type.String(),
      type: Type.String({ description: 'As Postgres calls it: `integer`, `text[]` …' }),
    }),
  ),
  rows: Type.Array(Type.Array(Type.Union([Type.String(), Type.Null()])), {
    description: 'Values as Postgres writes them.',
  }),
  isCut: Type.Boolean({ description: 'There are more rows than were answered.' }),
  command: Type.String({ description: 'What was done: `SELECT`, `UPDATE` …' }),
  count: Type.Union([Type.Integer(), Type.Null()], { description: 'Rows answered or changed.' }),
  ms: Type.Number({ description: 'Until the answer was there.' }),
  plan: Type.Optional(Type.Unknown({ description: 'With `explain`: what `EXPLAIN (FORMAT JSON)` says.' })),
})
export type SqlReply = Static<typeof SqlReply>
