import type {
  Cohort,
  EndpointUsage,
  KeyUsage,
  RetentionReply,
  Traffic,
  UsageDay,
  UsageOverview,
  UsageReply,
  UsersOf,
} from '@cloudbox/protocol/usage'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { raw, sql } from '../../../kernel/sql.ts'
import type { NamedKey } from '../deps.ts'
import { addDays, beginOf, msOf } from '../people/periods.ts'
import { daysOf, type Days } from './range.ts'

const sums =
  raw(`sum(requests)::float8 as requests, sum(errors)::float8 as errors, sum(refused)::float8 as refused,
  sum(bytes_in)::float8 as "bytesIn", sum(bytes_out)::float8 as "bytesOut"`)
const nothing: Traffic = { requests: 0, errors: 0, refused: 0, bytesIn: 0, bytesOut: 0 }

interface PeopleRow extends Record<string, unknown> {
  readonly who: 'visitors' | 'users'
  readonly period: 'day' | 'week' | 'month'
  readonly begins: string
  readonly people: number
  readonly isOver: boolean
  readonly interrupted: boolean
}

/** How much an environment was used, day by day, with its users of the weeks and months that the days belong to. */
export async function readUsage(db: Queryable, environmentId: string, days: Days): Promise<UsageReply> {
  const traffic = await db.query<Traffic & { day: string } & Record<string, unknown>>(sql`
    select day::text as day, ${sums} from cloudbox.usage_days
    where environment_id = ${environmentId} and day between ${days.from}::date and ${days.to}::date group by day`)
  const people = await db.query<PeopleRow>(sql`
    select who, period, begins::text as begins, people::float8 as people, sketch is null as "isOver", interrupted
    from cloudbox.usage_people
    where environment_id = ${environmentId} and who in ('users', 'visitors') and begins <= ${days.to}::date
      and begins >= case period when 'day' then ${days.from}::date
        when 'week' then ${beginOf('week', msOf(days.from))}::date
        else ${beginOf('month', msOf(days.from))}::date end
    order by begins`)
  const trafficOf = new Map(traffic.map(({ day, ...rest }) => [day, rest]))
  const peopleOf = new Map(people.map(row => [`${row.who} ${row.period} ${row.begins}`, row.people]))
  const told: UsageDay[] = daysOf(days).map(day => ({
    day,
    ...(trafficOf.get(day) ?? nothing),
    users: peopleOf.get(`users day ${day}`) ?? 0,
    visitors: peopleOf.get(`visitors day ${day}`) ?? 0,
  }))
  const usersOf = (wanted: 'week' | 'month'): UsersOf[] =>
    people
      .filter(({ who, period }) => who === 'users' && period === wanted)
      .map(({ begins, people: users, isOver, interrupted }) => ({ begins, users, isOver, interrupted }))
  return { ...days, total: total(traffic), days: told, weeks: usersOf('week'), months: usersOf('month') }
}

/** Endpoints of an environment, the most asked first. */
export function readEndpoints(
  db: Queryable,
  environmentId: string,
  { from, to }: Days,
  limit: number,
): Promise<EndpointUsage[]> {
  return db.query<EndpointUsage & Record<string, unknown>>(sql`
    select operation, ${sums} from cloudbox.usage_days
    where environment_id = ${environmentId} and day between ${from}::date and ${to}::date
    group by operation order by sum(requests) desc, operation limit ${limit}`)
}

/** Who asked, as far as keys tell, the one that asked most first. */
export async function readKeys(
  db: Queryable,
  environmentId: string,
  { from, to }: Days,
  keys: readonly NamedKey[],
): Promise<KeyUsage[]> {
  const rows = await db.query<Traffic & { source: string } & Record<string, unknown>>(sql`
    select source, ${sums} from cloudbox.usage_days
    where environment_id = ${environmentId} and day between ${from}::date and ${to}::date
    group by source order by sum(requests) desc, source`)
  return rows.map(({ source, ...traffic }) => {
    if (source === 'operator' || source === 'none')
      return { source, id: null, name: null, kind: null, ...traffic }
    const key = keys.find(({ id }) => id === source)
    return { source: 'key', id: source, name: key?.name ?? null, kind: key?.kind ?? null, ...traffic }
  })
}

/** A number of fewer would tell whoever sees the list of users what one of them did. */
const fewestTold = 5

/** How many of those whose accounts were made in a week came back. */
export async function readRetention(
  db: Queryable,
  environmentId: string,
  thisWeek: string,
  weeks: number,
): Promise<RetentionReply> {
  const oldest = addDays(thisWeek, -7 * (weeks - 1))
  const [first] = await db.query<{ week: string | null }>(sql`
    select min(begins)::text as week from cloudbox.usage_people
    where environment_id = ${environmentId} and who = 'users' and period = 'week'`)
  const counting = first?.week ?? null
  const rows = await db.query<{ week: string; begins: string; people: number }>(sql`
    select cohort::text as week, begins::text as begins, people::float8 as people from cloudbox.usage_people
    where environment_id = ${environmentId} and who = 'cohort' and cohort >= ${oldest}::date`)
  const counted = new Map(rows.map(({ week, begins, people }) => [`${week} ${begins}`, people]))
  const cohortsWithAny = new Set(rows.map(({ week }) => week))
  const cohorts: Cohort[] = []
  for (let week = oldest; week <= thisWeek; week = addDays(week, 7)) {
    if (!cohortsWithAny.has(week)) continue
    const users: (number | null)[] = []
    const isFew: boolean[] = []
    for (let begins = week; begins <= thisWeek; begins = addDays(begins, 7)) {
      const wasCounted = counting !== null && begins >= counting
      const count = counted.get(`${week} ${begins}`) ?? 0
      users.push(wasCounted && count >= fewestTold ? count : null)
      isFew.push(wasCounted && count < fewestTold)
    }
    cohorts.push({ week, users, isFew })
  }
  return { cohorts, fewest: fewestTold, counting }
}

/** How much each of some environments was used, the busiest first. */
export async function readOverview(
  db: Queryable,
  environments: readonly Environment[],
  days: Days,
  now: number,
): Promise<UsageOverview> {
  const ids = environments.map(({ id }) => id)
  const traffic = await db.query<Traffic & { id: string } & Record<string, unknown>>(sql`
    select environment_id as id, ${sums} from cloudbox.usage_days
    where environment_id = any (${ids}::uuid[]) and day between ${days.from}::date and ${days.to}::date
    group by environment_id`)
  const people = await db.query<{ id: string; who: string; period: string; people: number }>(sql`
    select environment_id as id, who, period, people::float8 as people from cloudbox.usage_people
    where environment_id = any (${ids}::uuid[]) and who in ('users', 'visitors')
      and begins = case period when 'day' then ${beginOf('day', now)}::date
        when 'week' then ${beginOf('week', now)}::date else ${beginOf('month', now)}::date end`)
  const trafficOf = new Map(traffic.map(({ id, ...rest }) => [id, rest]))
  const peopleOf = new Map(people.map(row => [`${row.id} ${row.who} ${row.period}`, row.people]))
  const told = environments.map(({ id, project, name }) => {
    const count = (what: string) => peopleOf.get(`${id} ${what}`) ?? 0
    return {
      project,
      environment: name,
      ...(trafficOf.get(id) ?? nothing),
      users: { day: count('users day'), week: count('users week'), month: count('users month') },
      visitors: count('visitors day'),
    }
  })
  return { ...days, total: total(traffic), environments: told.sort((a, b) => b.requests - a.requests) }
}

function total(all: readonly Traffic[]): Traffic {
  const sum = { ...nothing }
  for (const one of all)
    for (const name of ['requests', 'errors', 'refused', 'bytesIn', 'bytesOut'] as const)
      sum[name] += one[name]
  return sum
}
