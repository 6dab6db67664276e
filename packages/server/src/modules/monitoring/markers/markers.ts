import type { Marker, markerKinds } from '@cloudbox/protocol/monitoring'
import type { Database, Queryable } from '../../../kernel/db.ts'
import type { Operation } from '../../../kernel/observation.ts'
import { sql } from '../../../kernel/sql.ts'
import { totalOf } from '../reading/operations.ts'
import { valueAt } from '../reading/points.ts'
import { rangeOf } from '../reading/range.ts'
import { readWindows } from '../reading/read-windows.ts'
import type { StoredWindows } from '../rollups/stored-windows.ts'

export type MarkerKind = (typeof markerKinds)[number]

export interface NewMarker {
  /** All environments unless told. */
  readonly environmentId?: string
  readonly at: number
  readonly kind: MarkerKind
  readonly title: string
  readonly subject: string
}

/** What of the audit says why things go differently since; by the noun of the action. */
const kinds: Readonly<Record<string, MarkerKind>> = {
  migration: 'migration',
  change: 'migration',
  promotion: 'promotion',
  schema: 'schema',
  collection: 'schema',
  snapshot: 'schema',
  limits: 'schema',
}
/** These only say that something is to come, or concern nobody else. */
const silent = new Set(['promotion.proposed', 'promotion.rejected', 'snapshot.saved', 'snapshot.removed'])

export function markerKindOf(action: string): MarkerKind | undefined {
  return silent.has(action) ? undefined : kinds[action.slice(0, action.indexOf('.'))]
}

export async function addMarker(db: Queryable, marker: NewMarker): Promise<void> {
  const { environmentId = null, at, kind, title, subject } = marker
  await db.query(sql`
    insert into cloudbox.monitoring_markers (environment_id, at, kind, title, subject)
    values (${environmentId}, ${new Date(at)}::timestamptz, ${kind}, ${title}, ${subject})`)
}

/** The server has started: a marker of its version where that is another one than before. */
export async function markStart(db: Queryable, version: string, at: number): Promise<void> {
  const [before] = await db.query<{ subject: string }>(sql`
    select subject from cloudbox.monitoring_markers
    where environment_id is null and kind in ('start', 'version') order by id desc limit 1`)
  const isNew = before !== undefined && before.subject !== version
  await addMarker(db, {
    at,
    kind: isNew ? 'version' : 'start',
    title: isNew ? `CloudBox ${version} in place of ${before.subject}` : `CloudBox ${version} started`,
    subject: version,
  })
}

const mostMarkers = 100
const minuteMs = 60_000
const aroundMs = 10 * minuteMs

export interface MarkerSource {
  readonly db: Database
  readonly windows: StoredWindows
  readonly config: { readonly secondsHours: number; readonly minutesDays: number }
  operationAt(index: number): Operation
}

/** Markers of an environment, the newest first, each with what requests were like before and after. */
export async function readMarkers(
  source: MarkerSource,
  environmentId: string,
  { from, to }: { readonly from: number; readonly to: number },
  now: number,
): Promise<Marker[]> {
  const rows = await source.db.query<Omit<Marker, 'before' | 'after'>>(sql`
    select id::text as id, extract(epoch from at)::float8 * 1000 as at, kind, title, subject
    from cloudbox.monitoring_markers
    where (environment_id = ${environmentId} or environment_id is null)
      and at >= ${new Date(from)}::timestamptz and at < ${new Date(to)}::timestamptz
    order by at desc, id desc limit ${mostMarkers}`)
  const around = async (at: number, side: -1 | 1) => {
    const { base } = rangeOf(
      { from: at - aroundMs - minuteMs, to: at + aroundMs },
      undefined,
      source.config,
      now,
    )
    const baseMs = base * 1000
    // Where only hours are left, it is an hour.
    const ms = Math.max(aroundMs, baseMs)
    // The window that holds the marker is of before as well as of after, so it is told with neither.
    const [end, begin] = [Math.floor(at / baseMs) * baseMs, Math.ceil(at / baseMs) * baseMs]
    const time = side < 0 ? { from: end - ms, to: end } : { from: begin, to: begin + ms }
    const found = await readWindows(source.db, source.windows, { ...time, base }, [environmentId])
    const counted = found.map(one => one.counted)
    const total = totalOf(counted, source.operationAt, 'request')
    return { count: total.all.count, p95: valueAt('p95', total), errorRate: valueAt('errorRate', total) }
  }
  const markers: Marker[] = []
  for (const row of rows)
    markers.push({
      ...row,
      before: await around(row.at, -1),
      after: await around(row.at, 1),
    })
  return markers
}
