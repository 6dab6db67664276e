import { createHash } from 'node:crypto'
import type { RequestSummary } from '@cloudbox/protocol/monitoring'
import type { Database, Queryable, Tx } from '../../../kernel/db.ts'
import type { Observer } from '../../../kernel/observer.ts'
import { join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import type { OperationsTable } from '../rollups/operations-table.ts'
import type { KeptRequest } from './kept-request.ts'

/** Which requests are wanted; all that is told must be true. */
export interface RequestFilter {
  readonly from: number
  readonly to: number
  readonly reason?: string | undefined
  /** A status, or its first digit. */
  readonly status?: number | undefined
  readonly operation?: string | undefined
  readonly code?: string | undefined
  readonly minMs?: number | undefined
  /** The id of the last one of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Numbers the operations of requests that are to be written. Not in a transaction. */
export function prepareRequests(
  db: Database,
  operations: OperationsTable,
  observer: Observer,
  kept: readonly KeptRequest[],
): Promise<void> {
  return operations.ensure(
    db,
    kept.map(({ operation }) => observer.operation('request', operation).index),
  )
}

/** Writes requests; texts that many of them have are written once. */
export async function addRequests(
  tx: Tx,
  operations: OperationsTable,
  observer: Observer,
  kept: readonly KeptRequest[],
): Promise<void> {
  if (kept.length === 0) return
  const idOf = await ensureStatements(tx, kept)
  const rows = kept.map(({ statements, operation, at, ...rest }) => ({
    ...rest,
    at: new Date(at).toISOString(),
    operation: operations.numberOf(observer.operation('request', operation).index),
    statements: statements.map(({ text, count, durationUs, slowestUs, rows: read }) => [
      idOf.get(text)!,
      count,
      durationUs,
      slowestUs,
      read,
    ]),
  }))
  await tx.query(sql`
    insert into cloudbox.monitoring_requests (environment_id, at, reason, operation, path, status, code, duration_us,
      database_us, statement_count, rows, bytes_in, bytes_out, caller, request_id, statements)
    select "environmentId", at, reason, operation, path, status, code, "durationUs", "databaseUs", "statementCount",
      rows, "bytesIn", "bytesOut", caller, "requestId", statements
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given ("environmentId" uuid, at timestamptz, reason text,
      operation int, path text, status smallint, code text, "durationUs" bigint, "databaseUs" bigint,
      "statementCount" int, rows bigint, "bytesIn" bigint, "bytesOut" bigint, caller text, "requestId" text,
      statements bigint[])`)
}

async function ensureStatements(tx: Tx, kept: readonly KeptRequest[]): Promise<ReadonlyMap<string, string>> {
  const byText = new Map(
    kept.flatMap(({ statements, at }) => statements.map(one => [one.text, { ...one, at }] as const)),
  )
  if (byText.size === 0) return new Map()
  // In one order, so that two who write the same texts do not wait for each other.
  const wanted = [...byText.values()]
    .map(one => ({ ...one, hash: createHash('sha256').update(one.text).digest('hex') }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
  const hashes = wanted.map(({ hash }) => hash)
  await tx.query(sql`
    insert into cloudbox.monitoring_statements as known (hash, text, is_plannable, used_on)
    select decode(hash, 'hex'), text, plannable, day from unnest(
      ${hashes}::text[], ${wanted.map(({ text }) => text)}::text[],
      ${wanted.map(({ isPlannable }) => isPlannable)}::boolean[],
      ${wanted.map(({ at }) => new Date(at))}::date[]) as given (hash, text, plannable, day)
    on conflict (hash) do update set used_on = excluded.used_on where known.used_on < excluded.used_on`)
  const rows = await tx.query<{ id: string; text: string }>(sql`
    select id::text as id, text from cloudbox.monitoring_statements
    where hash in (select decode(hash, 'hex') from unnest(${hashes}::text[]) hash)`)
  return new Map(rows.map(({ id, text }) => [text, id]))
}

const summary =
  raw(`r.id::text as id, extract(epoch from r.at)::float8 * 1000 as at, r.reason, o.name as operation,
  r.path, r.status, r.code, r.duration_us / 1000.0::float8 as duration, r.database_us / 1000.0::float8 as database,
  r.statement_count as statements, r.rows::float8 as rows, r.bytes_in::float8 as "bytesIn",
  r.bytes_out::float8 as "bytesOut", r.caller, r.request_id as "requestId"`)
const source = raw(
  'cloudbox.monitoring_requests r join cloudbox.monitoring_operations o on o.id = r.operation',
)

/** Requests of an environment, the newest first. */
export function findRequests(
  db: Queryable,
  environmentId: string,
  filter: RequestFilter,
): Promise<RequestSummary[]> {
  const { from, to, reason, status, operation, code, minMs, after, limit } = filter
  const conditions: Sql[] = [
    sql`r.environment_id = ${environmentId}`,
    sql`r.at >= ${new Date(from)}::timestamptz and r.at < ${new Date(to)}::timestamptz`,
  ]
  if (reason !== undefined) conditions.push(sql`r.reason = ${reason}`)
  if (status !== undefined)
    conditions.push(status < 10 ? sql`r.status / 100 = ${status}` : sql`r.status = ${status}`)
  if (operation !== undefined) conditions.push(sql`o.name = ${operation}`)
  if (code !== undefined) conditions.push(sql`r.code = ${code}`)
  if (minMs !== undefined) conditions.push(sql`r.duration_us >= ${Math.round(minMs * 1000)}::bigint`)
  if (after !== undefined) conditions.push(sql`r.id < ${after}::bigint`)
  return db.query<RequestSummary>(sql`
    select ${summary} from ${source} where ${join(conditions, ' and ')} order by r.id desc limit ${limit}::int`)
}

/** A statement of a request. */
export interface FoundStatement {
  readonly text: string
  readonly isPlannable: boolean
  readonly count: number
  readonly duration: number
  readonly slowest: number
  readonly rows: number
}

/** One request with its statements, those that took longest first; undefined when there is none (any more). */
export async function findRequest(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<{ request: RequestSummary; statements: FoundStatement[] } | undefined> {
  const [row] = await db.query<RequestSummary & { used: string }>(sql`
    select ${summary}, array_to_json(r.statements) as used from ${source}
    where r.environment_id = ${environmentId} and r.id = ${id}::bigint`)
  if (row === undefined) return undefined
  const { used, ...request } = row
  const times = JSON.parse(used) as [id: number, count: number, us: number, slowestUs: number, rows: number][]
  const texts = await db.query<{ id: number; text: string; isPlannable: boolean }>(sql`
    select id, text, is_plannable as "isPlannable" from cloudbox.monitoring_statements
    where id = any (${times.map(([statement]) => statement)}::int[])`)
  const statements = times.flatMap(([statement, count, us, slowestUs, rows]) => {
    const text = texts.find(one => one.id === statement)
    if (text === undefined) return []
    return { ...text, count, duration: us / 1000, slowest: slowestUs / 1000, rows }
  })
  return { request, statements }
}
