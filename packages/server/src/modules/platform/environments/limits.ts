import { isDeepStrictEqual } from 'node:util'
import { Type, type Static, type TSchema } from 'typebox'
import type { Environment, EnvironmentLimits } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Made } from '../change.ts'
import { placeName } from '../directory/directory.ts'

const orDefault = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

const limit = {
  statementTimeoutMs: orDefault(
    Type.Integer({
      minimum: 10,
      maximum: 3_600_000,
      description: 'Longest time of a statement; never longer than the setting of the server.',
    }),
  ),
  maxRows: orDefault(
    Type.Integer({
      minimum: 1,
      maximum: 100_000,
      description: 'Largest `limit` of a list; 1000 unless set.',
    }),
  ),
  maxCost: orDefault(
    Type.Number({
      minimum: 1,
      maximum: 1e12,
      description: "Most that Postgres' planner may expect a list to cost, in its own unit; off unless set.",
    }),
  ),
}

/** The limits of an environment; null is the default of the server. */
export const limitsReply = Type.Object(limit)

/** Those to change; null goes back to the default. */
export const limitsChange = Type.Object(
  {
    statementTimeoutMs: Type.Optional(limit.statementTimeoutMs),
    maxRows: Type.Optional(limit.maxRows),
    maxCost: Type.Optional(limit.maxCost),
  },
  { additionalProperties: false },
)

export function showLimits({
  statementTimeoutMs = null,
  maxRows = null,
  maxCost = null,
}: {
  readonly [Name in keyof EnvironmentLimits]: number | null
}): Static<typeof limitsReply> {
  return { statementTimeoutMs, maxRows, maxCost }
}

/** Changes limits, and answers all of them. */
export async function changeLimits(
  tx: Tx,
  { id, project, name }: Environment,
  change: Static<typeof limitsChange>,
): Promise<Made<Static<typeof limitsReply>>> {
  const [old] = await tx.query<{ limits: string }>(
    sql`select limits from cloudbox.platform_environments where id = ${id} for update`,
  )
  const [row] = await tx.query<{ limits: string }>(sql`
    update cloudbox.platform_environments
    set limits = jsonb_strip_nulls(limits || ${JSON.stringify(change)}::jsonb) where id = ${id} returning limits`)
  const before = JSON.parse(old!.limits) as EnvironmentLimits
  const after = JSON.parse(row!.limits) as EnvironmentLimits
  const entry = {
    action: 'limits.changed',
    place: placeName(project, name),
    subject: name,
    before,
    after,
  }
  return { answer: showLimits(after), entries: isDeepStrictEqual(before, after) ? [] : [entry] }
}
