import type { Silence, SilenceDraft } from '@cloudbox/protocol/alerts'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { sql, type Sql } from '../../../kernel/sql.ts'
import { lockRules } from '../rules/stored-rules.ts'

/** A silence that is on. */
export interface ActiveSilence {
  readonly id: string
  readonly environmentId: string
  /** Null: all of the environment. */
  readonly ruleId: string | null
}

/** Silences that are on at a time, of an environment or of all. */
export function readActiveSilences(
  db: Queryable,
  at: number,
  environmentId?: string,
): Promise<ActiveSilence[]> {
  const ofOne = environmentId === undefined ? sql`` : sql`and environment_id = ${environmentId}`
  return db.query<ActiveSilence & Record<string, unknown>>(sql`
    select id::text as id, environment_id::text as "environmentId", rule_id as "ruleId"
    from cloudbox.alerts_silences
    where from_at <= ${new Date(at)}::timestamptz and to_at > ${new Date(at)}::timestamptz ${ofOne}
    order by created_at`)
}

/** The silence that holds back what a rule tells. */
export function silenceOf(
  silences: readonly ActiveSilence[],
  environmentId: string,
  ruleId: string,
): ActiveSilence | undefined {
  return silences.find(
    one => one.environmentId === environmentId && (one.ruleId === null || one.ruleId === ruleId),
  )
}

/** Of those that are over. */
const mostOver = 100

/** Silences of an environment: those that are on, those to come, and the last ones that are over. */
export function listSilences(db: Queryable, environmentId: string, now: number): Promise<Silence[]> {
  const at = new Date(now)
  return db.query<Silence & Record<string, unknown>>(sql`
    with over as (
      select id from cloudbox.alerts_silences where environment_id = ${environmentId} and to_at <= ${at}::timestamptz
      order by to_at desc, id limit ${mostOver}::int)
    select ${shown(at)} from cloudbox.alerts_silences s
    where environment_id = ${environmentId} and (to_at > ${at}::timestamptz or id in (select id from over))
    order by to_at <= ${at}::timestamptz, from_at > ${at}::timestamptz, to_at desc, id`)
}

/** One of an environment; undefined: there is none. */
export async function findSilence(
  db: Queryable,
  environmentId: string,
  id: string,
  now: number,
): Promise<Silence | undefined> {
  const [row] = await db.query<Silence & Record<string, unknown>>(sql`
    select ${shown(new Date(now))} from cloudbox.alerts_silences s
    where environment_id = ${environmentId} and id::text = ${id}`)
  return row
}

function shown(at: Date): Sql {
  return sql`id::text as id, rule_id as rule, extract(epoch from from_at)::float8 * 1000 as from,
      extract(epoch from to_at)::float8 * 1000 as to, reason, made_by as by,
      from_at <= ${at}::timestamptz and to_at > ${at}::timestamptz as "isOn",
      (select count(*)::int from cloudbox.alerts_notices n where n.silence_id = s.id) as held`
}

/** How many of an environment are on or to come; whoever adds one waits for whoever does. */
export async function countSilences(tx: Tx, environmentId: string, now: number): Promise<number> {
  await lockRules(tx, environmentId)
  const [row] = await tx.query<{ count: number }>(sql`
    select count(*)::int as count from cloudbox.alerts_silences
    where environment_id = ${environmentId} and to_at > ${new Date(now)}::timestamptz`)
  return row!.count
}

export interface NewSilence extends SilenceDraft {
  readonly id: string
  readonly environmentId: string
  readonly from: number
  readonly by: string
}

export async function addSilence(db: Queryable, silence: NewSilence): Promise<void> {
  const { id, environmentId, rule = null, from, to, reason, by } = silence
  await db.query(sql`
    insert into cloudbox.alerts_silences (id, environment_id, rule_id, from_at, to_at, reason, made_by)
    values (${id}, ${environmentId}, ${rule}, ${new Date(from)}::timestamptz, ${new Date(to)}::timestamptz,
      ${reason}, ${by})`)
}

/** Ends a silence; one that has not begun is gone. */
export async function endSilence(
  db: Queryable,
  environmentId: string,
  id: string,
  now: number,
): Promise<void> {
  const at = new Date(now)
  await db.query(sql`
    delete from cloudbox.alerts_silences
    where environment_id = ${environmentId} and id = ${id} and from_at >= ${at}::timestamptz`)
  await db.query(sql`
    update cloudbox.alerts_silences set to_at = ${at}::timestamptz
    where environment_id = ${environmentId} and id = ${id} and to_at > ${at}::timestamptz`)
}
