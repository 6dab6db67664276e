import type { Database, Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { BranchChange } from './read-event.ts'

/** For how long a delivery is remembered, so that it does nothing twice. */
const keptDays = 90

/** How long somebody who took a delivery up need not be heard of. */
export const leaseMs = 60_000

/** A delivery that is ours to carry out, as long as the lease is renewed. */
export interface Delivery {
  readonly number: string
  readonly connectionId: string
  /** ISO 8601. */
  readonly at: string
  readonly requestId: string
  readonly event: string
  readonly branch: string
  readonly change: BranchChange['kind']
  /** This one included. */
  readonly attempts: number
}

export interface NewDelivery {
  readonly connectionId: string
  readonly key: Buffer
  readonly at: string
  readonly requestId: string
  readonly event: string
  readonly change: BranchChange
}

/** Keeps a delivery to be carried out. False where it was there already, unless it has failed: then it is tried again. */
export async function keepDelivery(db: Queryable, delivery: NewDelivery): Promise<boolean> {
  const { connectionId, key, at, requestId, event, change } = delivery
  const rows = await db.query(sql`
    insert into cloudbox.platform_git_deliveries as kept
      (connection_id, key, received_at, request_id, event, branch, change)
    values (${connectionId}, ${key}, ${at}, ${requestId}, ${event}, ${change.branch}, ${change.kind})
    on conflict (connection_id, key) do update set due_at = now(), attempts = 0, problem = null,
      received_at = excluded.received_at, request_id = excluded.request_id
      where kept.due_at is null and kept.problem is not null
    returning number`)
  return rows.length > 0
}

/**
 * Takes up the next one. What was told of one branch is carried out in the order in which it came.
 * One it is: `in` might ask the subquery for every row, and take another each time.
 */
export async function takeDelivery(db: Queryable): Promise<Delivery | undefined> {
  const [row] = await db.query<{ [Name in keyof Delivery]: Delivery[Name] }>(sql`
    update cloudbox.platform_git_deliveries
    set attempts = attempts + 1, due_at = now() + ${leaseMs} * interval '1 ms'
    where number = (
      select number from cloudbox.platform_git_deliveries waiting
      where due_at <= now() and not exists (
        select from cloudbox.platform_git_deliveries earlier
        where earlier.connection_id = waiting.connection_id and earlier.branch = waiting.branch
          and earlier.number < waiting.number and earlier.due_at is not null)
      order by number limit 1 for update skip locked
    )
    returning number, connection_id as "connectionId", request_id as "requestId", event, branch, change, attempts,
      to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`)
  return row
}

/** Nobody else gets it meanwhile. */
export async function renewLease(db: Queryable, { number, attempts }: Delivery): Promise<void> {
  await db.query(sql`
    update cloudbox.platform_git_deliveries set due_at = now() + ${leaseMs} * interval '1 ms'
    where number = ${number} and attempts = ${attempts} and due_at is not null`)
}

/**
 * Writes down how it ended. Whoever was so slow that another has taken it has nothing to say any more: false.
 * @param retryMs when to try again; undefined: it is over
 */
export async function settleDelivery(
  db: Queryable,
  { number, attempts }: Delivery,
  problem: { readonly code: string; readonly detail: string } | undefined,
  retryMs?: number,
): Promise<boolean> {
  const rows = await db.query(sql`
    update cloudbox.platform_git_deliveries
    set due_at = now() + ${retryMs ?? null}::int * interval '1 ms',
      problem = ${problem === undefined ? null : JSON.stringify(problem)}::jsonb
    where number = ${number} and attempts = ${attempts} and due_at is not null returning number`)
  return rows.length > 0
}

/** Nobody is at any of them: those a crash has interrupted are due at once. */
export async function releaseDeliveries(db: Database): Promise<void> {
  await db.query(sql`update cloudbox.platform_git_deliveries set due_at = now() where due_at is not null`)
}

export async function forgetDeliveries(db: Database): Promise<void> {
  await db.query(sql`
    delete from cloudbox.platform_git_deliveries
    where due_at is null and received_at < now() - make_interval(days => ${keptDays})`)
}
