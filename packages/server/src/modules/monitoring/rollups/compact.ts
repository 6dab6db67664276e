import type { Database, Queryable, Tx } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { MonitoringConfig } from '../config.ts'
import { Counted, nowhere } from '../counting/window.ts'
import type { Step, StoredWindow, StoredWindows } from './stored-windows.ts'

/** Each length with the shorter one it is merged from, and how many windows are merged at once. */
const merges = [
  { step: 60, from: 10, atOnce: 120 },
  { step: 3600, from: 60, atOnce: 24 },
] as const

/** Windows may be told so much later. */
const patienceMs = 15_000

/**
 * Merges windows that are over into longer ones. What was merged is remembered with it, so that nothing is left out or counted
 * twice, however the server ends; a longer window is made anew from all shorter ones each time.
 */
export async function compact(db: Database, windows: StoredWindows, now: number): Promise<void> {
  for (const merge of merges) {
    const doneUpTo = merge.step === 60 ? now - patienceMs : (await readProgress(db))[60]
    for (let isMore = true; isMore;)
      isMore = await db.transaction(tx => mergeSome(tx, windows, { ...merge, doneUpTo }))
  }
}

interface Merge {
  readonly step: Step
  readonly from: Step
  readonly atOnce: number
  /** Shorter windows that begin before are all there. */
  readonly doneUpTo: number
}

/** @returns whether there is more to merge */
async function mergeSome(
  tx: Tx,
  windows: StoredWindows,
  { step, from, atOnce, doneUpTo }: Merge,
): Promise<boolean> {
  const stepMs = step * 1000
  const begin = (await lockProgress(tx, step)) ?? (await oldest(tx, from, stepMs))
  if (begin === undefined) return false
  const over = Math.floor(doneUpTo / stepMs) * stepMs
  if (over <= begin) return false
  // After a long rest there may be nothing for a while.
  const next = Math.max(begin, (await oldest(tx, from, stepMs, begin)) ?? over)
  const end = Math.min(over, next + atOnce * stepMs)
  if (end > next) {
    const merged = new Map<string, StoredWindow>()
    for (const { environmentId, at, counted } of await windows.read(tx, from, { from: next, to: end })) {
      const longer = Math.floor(at / stepMs) * stepMs
      const place = `${environmentId} ${longer}`
      let into = merged.get(place)
      if (into === undefined)
        merged.set(place, (into = { environmentId, at: longer, counted: new Counted() }))
      into.counted.merge(counted)
    }
    await windows.replace(tx, step, [...merged.values()])
  }
  await tx.query(sql`
    insert into cloudbox.monitoring_progress (step, merged_to) values (${step}, ${new Date(end)}::timestamptz)
    on conflict (step) do update set merged_to = excluded.merged_to`)
  return end < over
}

/** Up to where windows of each step have been made; 0: none. */
export async function readProgress(db: Queryable): Promise<Readonly<Record<60 | 3600, number>>> {
  const rows = await db.query<{ step: 60 | 3600; at: number }>(sql`
    select step, extract(epoch from merged_to)::float8 * 1000 as at from cloudbox.monitoring_progress`)
  const of = (step: number) => rows.find(row => row.step === step)?.at ?? 0
  return { 60: of(60), 3600: of(3600) }
}

/** The same of one step; whoever else merges waits until the transaction ends. */
async function lockProgress(tx: Tx, step: Step): Promise<number | undefined> {
  const [row] = await tx.query<{ at: number }>(sql`
    select extract(epoch from merged_to)::float8 * 1000 as at from cloudbox.monitoring_progress
    where step = ${step} for update`)
  return row?.at
}

/** Beginning of the longer window that the oldest shorter one belongs to. */
async function oldest(tx: Tx, from: Step, stepMs: number, since = 0): Promise<number | undefined> {
  const [row] = await tx.query<{ at: number | null }>(sql`
    select extract(epoch from min(at))::float8 * 1000 as at from cloudbox.monitoring_windows
    where step = ${from} and at >= ${new Date(since)}::timestamptz`)
  return row?.at == null ? undefined : Math.floor(row.at / stepMs) * stepMs
}

export type Retention = Pick<
  MonitoringConfig,
  'secondsHours' | 'minutesDays' | 'hoursDays' | 'keptDays' | 'keptMost'
>

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Removes what has been kept for long enough, and what environments have left that are not there any more. */
export async function forget(
  db: Database,
  keep: Retention,
  now: number,
  environmentIds: readonly string[],
): Promise<void> {
  const keptMs: [Step, number][] = [
    [10, keep.secondsHours * hourMs],
    [60, keep.minutesDays * dayMs],
    [3600, keep.hoursDays * dayMs],
  ]
  for (const [step, ms] of keptMs)
    await db.query(sql`
      delete from cloudbox.monitoring_windows where step = ${step} and at < ${new Date(now - ms)}::timestamptz`)
  const before = new Date(now - keep.keptDays * dayMs)
  await db.query(sql`delete from cloudbox.monitoring_requests where at < ${before}::timestamptz`)
  await db.query(sql`
    delete from cloudbox.monitoring_requests r using (
      select environment_id, id from (
        select environment_id, id, row_number() over (partition by environment_id order by id desc) as place
        from cloudbox.monitoring_requests) placed
      where place = ${keep.keptMost + 1}) beyond
    where r.environment_id = beyond.environment_id and r.id <= beyond.id`)
  await db.query(sql`
    delete from cloudbox.monitoring_statements where used_on < ${before}::timestamptz::date - 1`)
  await db.query(sql`
    delete from cloudbox.monitoring_markers where at < ${new Date(now - keep.hoursDays * dayMs)}::timestamptz`)
  // What belongs to none is the server's own.
  const kept = [...environmentIds, nowhere]
  for (const table of [sql`windows`, sql`requests`, sql`markers`])
    await db.query(sql`
      delete from cloudbox.monitoring_${table}
      where environment_id <> all (${kept}::uuid[])`)
}
