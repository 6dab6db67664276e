import { hash } from 'node:crypto'
import { headers as named, httpProblems } from '@cloudbox/protocol/http'
import { dataProblems } from '@cloudbox/protocol/data'
import type { Caller } from '../../../kernel/caller.ts'
import type { Database, Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'
import { id, sql, type Sql } from '../../../kernel/sql.ts'
import type { AnyDocumentRequest } from './answering.ts'

/** Expired answers one request takes away: more than it adds, so that their number falls. */
const sweptRows = 10

interface Kept extends Record<string, unknown> {
  readonly claimed: boolean
  readonly request: string | null
  readonly status: number | null
  /** JSON text. */
  readonly headers: string | null
  readonly body: string | null
}

export interface KeyedRequest {
  readonly db: Database
  readonly request: AnyDocumentRequest
  readonly key: string | string[]
  /** What was asked, but for query and body: the method and the path. */
  readonly target: string
  /** How long the answer is kept. */
  readonly hours: number
}

/**
 * Answers a request with an `Idempotency-Key` once: the answer is stored in the transaction of what it answers, and
 * a repetition gets it again. A twin that comes meanwhile waits at the unique index for the first. What throws is
 * not stored.
 *
 * @throws Problem `data/invalid-idempotency-key`, `data/idempotency-key-reused`
 */
export async function answerOnce(
  { db, request, key: sent, target, hours }: KeyedRequest,
  work: (tx: Tx) => Promise<Reply>,
): Promise<Reply> {
  const key = String(sent)
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Problem(dataProblems['invalid-idempotency-key'], 'The Idempotency-Key is not 1 to 255 signs.', {
      errors: [{ at: named.idempotencyKey, message: 'is not 1 to 255 signs of ASCII without spaces' }],
    })
  const claim = {
    table: id(request.environment.schema, 'data_idempotency_keys'),
    key,
    caller: callerName(request.caller),
    fingerprint: fingerprint(target, request),
    hours,
  }
  return db.transaction(async tx => {
    const kept = await take(claim, tx)
    if (!kept.claimed) return replay(kept, claim.fingerprint)
    const reply = await work(tx)
    const body = reply.jsonText ?? (reply.json === undefined ? null : JSON.stringify(reply.json))
    await tx.query(
      sql`update ${claim.table} set "status" = ${reply.status ?? 200}::int, "headers" = ${JSON.stringify(reply.headers ?? {})}::json, "body" = ${body}::text where "key" = ${key} and "caller" = ${claim.caller}`,
    )
    return reply
  })
}

interface Claim {
  readonly table: Sql
  readonly key: string
  readonly caller: string
  readonly fingerprint: string
  readonly hours: number
}

/** Takes the key, or finds what is kept under it. */
async function take({ table, key, caller, fingerprint, hours }: Claim, tx: Queryable): Promise<Kept> {
  const isOld = sql`"made_at" < now() - make_interval(hours => ${hours}::int)`
  const own = sql`k."key" = ${key} and k."caller" = ${caller}`
  const found = sql`k."request", k."status", k."headers", k."body" from (select) one left join ${table} k on ${own}`
  const [row] = await tx.query<Kept>(
    sql`with "old" as (select "key", "caller" from ${table} k where ${isOld} and not (${own}) order by "made_at" limit ${sweptRows}::int for update skip locked), "swept" as (delete from ${table} k using "old" o where k."key" = o."key" and k."caller" = o."caller"), "claimed" as (insert into ${table} as k ("key", "caller", "request") values (${key}, ${caller}, ${fingerprint}) on conflict ("key", "caller") do update set "request" = excluded."request", "status" = null, "headers" = null, "body" = null, "made_at" = now() where k.${isOld} returning 1) select exists (select from "claimed") as "claimed", ${found}`,
  )
  if (row!.claimed || row!.status !== null) return row!
  // A twin committed while we waited for it: the next statement sees what it left.
  const [left] = await tx.query<Kept>(sql`select false as "claimed", ${found}`)
  if (left!.status !== null) return left!
  throw new Problem(
    httpProblems.unavailable,
    'The first request with this Idempotency-Key is not done yet.',
    {
      headers: { 'retry-after': '1' },
    },
  )
}

function replay({ request, status, headers, body }: Kept, fingerprint: string): Reply {
  if (request !== fingerprint)
    throw new Problem(
      dataProblems['idempotency-key-reused'],
      'This Idempotency-Key came with another request before.',
      { errors: [{ at: named.idempotencyKey, message: 'belongs to another request' }] },
    )
  return {
    status: status!,
    headers: { ...(JSON.parse(headers!) as Record<string, string>), [named.idempotencyReplayed]: 'true' },
    ...(body === null ? {} : { jsonText: body }),
  }
}

/** Callers do not meet in each other's keys. A uid may have any length, an index entry may not. */
function callerName(caller: Caller): string {
  return caller.kind === 'user' ? `user:${hash('sha256', caller.uid, 'base64url')}` : caller.kind
}

function fingerprint(target: string, { queryText, headers, body }: AnyDocumentRequest): string {
  const { prefer, 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  const parts = [target, queryText, prefer ?? null, ifMatch ?? null, ifNoneMatch ?? null, body ?? null]
  return hash('sha256', JSON.stringify(parts), 'base64url')
}
