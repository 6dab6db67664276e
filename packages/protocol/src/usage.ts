/**
 * Usage: how much is used and by how many, as counts that tell nothing about anybody. For the secret key and for operators
 * with `usage.read`, below `/{project}/{environment}/v1/usage`:
 *
 * - `GET days?from=-30d&to=…`: {@link UsageReply}
 * - `GET endpoints?from&to&limit=20`: {@link EndpointsReply}
 * - `GET keys?from&to`: {@link KeysReply}
 * - `GET retention?weeks=8`: {@link RetentionReply}
 *
 * For operators: `GET /v1/platform/organisations/{organisation}/usage?from&to` and `GET /v1/platform/projects/{project}/usage`:
 * {@link UsageOverview}; `GET /v1/platform/organisations/{organisation}/usage/audit`: {@link UsageAudit}.
 *
 * Days are those of UTC, weeks begin on Monday. `from` and `to` are days (`2026-03-01`), the last one included, or how long ago
 * (`-30d`); the last thirty days unless told. What was done in the last minute is not told yet.
 *
 * People are counted by sketches (HyperLogLog): the standard error is 0.8 %, up to two thousand it is 0.1 %.
 */
import { Type, type Static } from 'typebox'
import { defineProblems } from './problem.ts'

export const usageProblems = defineProblems('usage', {
  'audit-running': {
    status: 409,
    title: 'An audit is running already',
    hint: 'Everything that is stored is read for one, so there is one at a time: ask again when it is over.',
  },
})

/** Standard error of every number of people, as a share of it. */
export const peopleError = 0.0081

const Day = Type.String({ description: 'A day of UTC, `2026-03-01`.' })

const traffic = {
  requests: Type.Integer(),
  errors: Type.Integer({ description: 'Ended with a fault of the server (5xx).' }),
  refused: Type.Integer({ description: 'Refused (4xx).' }),
  bytesIn: Type.Integer({ description: 'Bytes of the bodies that came in.' }),
  bytesOut: Type.Integer({ description: 'Bytes of the bodies that went out.' }),
}

/** Requests and data of a time. */
export const Traffic = Type.Object(traffic)
export type Traffic = Static<typeof Traffic>

const users = Type.Integer({ description: 'Different users who asked for something or were connected.' })
const visitors = Type.Integer({
  description:
    'Different pairs of network address and browser that asked with a publishable key; signed in or not.',
})

/** One day of an environment. */
export const UsageDay = Type.Object({ day: Day, ...traffic, users, visitors })
export type UsageDay = Static<typeof UsageDay>

/** Different users in a week or a month. */
export const UsersOf = Type.Object({
  begins: Type.String({ description: 'Its first day: a Monday, or the first of a month.' }),
  users,
  isOver: Type.Boolean({ description: 'No more can come: the number stays.' }),
  interrupted: Type.Boolean({
    description:
      'Postgres crashed within it, so that who came before and after is counted twice: there were fewer.',
  }),
})
export type UsersOf = Static<typeof UsersOf>

/** Answer of `GET /v1/usage/days`: every day of the time, the first one first, and the weeks and months it touches. */
export const UsageReply = Type.Object({
  from: Day,
  to: Day,
  total: Traffic,
  days: Type.Array(UsageDay),
  weeks: Type.Array(UsersOf),
  months: Type.Array(UsersOf),
})
export type UsageReply = Static<typeof UsageReply>

/** An endpoint by its pattern, never by an address. */
export const EndpointUsage = Type.Object({
  operation: Type.String({ description: 'Method and pattern of the route: `GET /data/:collection`.' }),
  ...traffic,
})
export type EndpointUsage = Static<typeof EndpointUsage>

/** Answer of `GET /v1/usage/endpoints`: the most asked first. */
export const EndpointsReply = Type.Object({
  from: Day,
  to: Day,
  endpoints: Type.Array(EndpointUsage),
})
export type EndpointsReply = Static<typeof EndpointsReply>

/** What requests showed: a key; an operator's token in place of one; or nothing, where none is needed or the key was wrong. */
export const usageSources = ['key', 'operator', 'none'] as const

export const KeyUsage = Type.Object({
  source: Type.Enum([...usageSources]),
  id: Type.Union([Type.String(), Type.Null()], { description: 'Of the key.' }),
  name: Type.Union([Type.String(), Type.Null()], { description: 'Of the key; null once it is revoked.' }),
  kind: Type.Union([Type.Enum(['publishable', 'secret']), Type.Null()]),
  ...traffic,
})
export type KeyUsage = Static<typeof KeyUsage>

/** Answer of `GET /v1/usage/keys`: the one that asked most first. */
export const KeysReply = Type.Object({ from: Day, to: Day, keys: Type.Array(KeyUsage) })
export type KeysReply = Static<typeof KeysReply>

/** Those whose accounts were made in one week. */
export const Cohort = Type.Object({
  week: Type.String({ description: 'The Monday of that week.' }),
  users: Type.Array(Type.Union([Type.Integer(), Type.Null()]), {
    description:
      'How many of them were active in that week, in the next one, and so on up to now; null before counting began, and where they were few. The last one is not over yet.',
  }),
  isFew: Type.Array(Type.Boolean(), {
    description:
      'For each of `users`, whether there were fewer than `fewest`, or none: the number would tell what one of them did.',
  }),
})
export type Cohort = Static<typeof Cohort>

/** Answer of `GET /v1/usage/retention`: the oldest cohort first, each with as many weeks as have begun since. */
export const RetentionReply = Type.Object({
  cohorts: Type.Array(Cohort),
  fewest: Type.Integer({ description: 'How many there have to be for their number to be told.' }),
  counting: Type.Union([Type.String(), Type.Null()], {
    description: 'Monday of the first week that was counted; null when none was.',
  }),
})
export type RetentionReply = Static<typeof RetentionReply>

/** One environment in a time; people of different environments cannot be told apart, so they are not added up. */
export const EnvironmentUsage = Type.Object({
  project: Type.String(),
  environment: Type.String(),
  ...traffic,
  users: Type.Object(
    { day: users, week: users, month: users },
    { description: 'Today, this week, this month.' },
  ),
  visitors: Type.Integer({ description: 'Today.' }),
})
export type EnvironmentUsage = Static<typeof EnvironmentUsage>

/** Answer of `GET /v1/platform/organisations/{organisation}/usage` and of `…/projects/{project}/usage`: the busiest first. */
export const UsageOverview = Type.Object({
  from: Day,
  to: Day,
  total: Traffic,
  environments: Type.Array(EnvironmentUsage),
})
export type UsageOverview = Static<typeof UsageOverview>

/** What is looked for: an address of a mail, or of a machine. */
export const personalKinds = ['email', 'ipv4', 'ipv6'] as const
export type PersonalKind = (typeof personalKinds)[number]

/** Answer of `GET /v1/platform/organisations/{organisation}/usage/audit`. */
export const UsageAudit = Type.Object({
  isClean: Type.Boolean(),
  tables: Type.Array(
    Type.Object({
      table: Type.String(),
      rows: Type.Integer({ description: 'How many were looked at.' }),
      columns: Type.Array(Type.String()),
    }),
  ),
  found: Type.Array(
    Type.Object({
      table: Type.String(),
      column: Type.String(),
      kind: Type.Enum([...personalKinds]),
      sample: Type.String({ description: 'One of them, made unreadable but for its form.' }),
      rows: Type.Integer({ description: 'In how many rows there is one.' }),
    }),
  ),
})
export type UsageAudit = Static<typeof UsageAudit>
