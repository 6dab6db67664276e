import type { Database, Tx } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { CountedDay } from '../counting/report.ts'
import { keyOf, type PeoplePlace, type PlacedSketch } from '../people/crowd.ts'
import { beginOf } from '../people/periods.ts'
import { Sketch } from '../people/sketch.ts'

/** Adds what was counted to what is there. */
export async function addCounts(
  db: Database,
  days: readonly CountedDay[],
  people: readonly PlacedSketch[],
): Promise<void> {
  await db.transaction(async tx => {
    await addDays(tx, days)
    await addPeople(tx, people)
  })
}

/** Of periods that are over at a moment only the numbers stay. */
export async function closePeriods(db: Database, ms: number): Promise<void> {
  await db.query(sql`
    update cloudbox.usage_people set sketch = null
    where sketch is not null and begins < case period when 'day' then ${beginOf('day', ms)}::date
      when 'week' then ${beginOf('week', ms)}::date else ${beginOf('month', ms)}::date end`)
}

/** Removes what has been kept for long enough, and what environments have left that are not there any more. */
export async function forgetCounts(
  db: Database,
  before: string,
  environmentIds: readonly string[],
): Promise<void> {
  await db.query(sql`
    delete from cloudbox.usage_days where day < ${before}::date or environment_id <> all (${environmentIds}::uuid[])`)
  await db.query(sql`
    delete from cloudbox.usage_people
    where begins < ${before}::date or environment_id <> all (${environmentIds}::uuid[])`)
}

async function addDays(tx: Tx, days: readonly CountedDay[]): Promise<void> {
  if (days.length === 0) return
  // In one order, so that two servers that write the same do not wait for each other.
  const sorted = days.toSorted((a, b) => (dayKey(a) < dayKey(b) ? -1 : 1))
  await tx.query(sql`
    insert into cloudbox.usage_days as known
      (day, environment_id, source, operation, requests, errors, refused, bytes_in, bytes_out)
    select day, "environmentId", source, operation, requests, errors, refused, "bytesIn", "bytesOut"
    from jsonb_to_recordset(${JSON.stringify(sorted)}::jsonb) as given (day date, "environmentId" uuid, source text,
      operation text, requests bigint, errors bigint, refused bigint, "bytesIn" bigint, "bytesOut" bigint)
    on conflict (environment_id, day, source, operation) do update set
      requests = known.requests + excluded.requests, errors = known.errors + excluded.errors,
      refused = known.refused + excluded.refused, bytes_in = known.bytes_in + excluded.bytes_in,
      bytes_out = known.bytes_out + excluded.bytes_out`)
}

async function addPeople(tx: Tx, people: readonly PlacedSketch[]): Promise<void> {
  if (people.length === 0) return
  const sorted = people.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const places = JSON.stringify(sorted.map(({ sketch: _sketch, ...place }) => place))
  const stored = await tx.query<PeoplePlace & { sketch: string | null } & Record<string, unknown>>(sql`
    select p.environment_id as "environmentId", p.who, p.period, p.begins::text as begins, p.cohort::text as cohort,
      encode(p.sketch, 'hex') as sketch
    from cloudbox.usage_people p join jsonb_to_recordset(${places}::jsonb) as given ("environmentId" uuid, who text,
        period text, begins date, cohort date)
      on p.environment_id = given."environmentId" and p.who = given.who and p.period = given.period
        and p.begins = given.begins and p.cohort = given.cohort
    order by p.environment_id, p.who, p.period, p.begins, p.cohort for update of p`)
  const known = new Map(stored.map(row => [keyOf(row), row.sketch]))
  const changed = sorted.flatMap(({ sketch, ...place }) => {
    const hex = known.get(keyOf(place))
    // It is over: its number stays.
    if (hex === null) return []
    const whole = hex === undefined ? new Sketch() : Sketch.read(Buffer.from(hex, 'hex'))
    return whole.merge(sketch)
      ? [{ ...place, people: whole.count(), sketch: whole.write().toString('hex') }]
      : []
  })
  if (changed.length === 0) return
  await tx.query(sql`
    insert into cloudbox.usage_people (environment_id, who, period, begins, cohort, people, sketch)
    select "environmentId", who, period, begins, cohort, people, decode(sketch, 'hex')
    from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) as given ("environmentId" uuid, who text, period text,
      begins date, cohort date, people bigint, sketch text)
    on conflict (environment_id, who, period, begins, cohort) do update set
      people = excluded.people, sketch = excluded.sketch`)
}

function dayKey({ environmentId, day, source, operation }: CountedDay): string {
  return `${environmentId} ${day} ${source} ${operation}`
}
