import type { NoticeKind } from '@cloudbox/protocol/alerts'
import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { uuidV7 } from '../../../lib/uuid-v7.ts'

export interface NewNotices {
  readonly environmentId: string
  readonly incidentId: string
  readonly kind: NoticeKind
  readonly at: number
  /** Null: every channel of the environment. */
  readonly channels: readonly string[] | null
  /** What holds them back. */
  readonly silenceId?: string | undefined
}

/**
 * Writes a notice for each channel, in the transaction that makes it one; the same again writes none. Of an incident that is
 * over those hear who heard of its beginning, whatever channels the rule has by now, and nothing older comes behind; nobody is
 * reminded of what he has not been told yet.
 *
 * @returns how many channels there are for it
 */
export async function writeNotices(tx: Queryable, notices: NewNotices): Promise<number> {
  const { environmentId, incidentId, kind, at, channels, silenceId } = notices
  const isSilenced = silenceId !== undefined
  const isEnd = kind === 'resolved' && !isSilenced
  const heard = sql`id in (
    select channel_id from cloudbox.alerts_notices
    where incident_id = ${incidentId}::bigint and state <> 'silenced')`
  const wanted = sql`(${channels}::text[] is null or id::text = any (${channels}::text[]))`
  const rows = await tx.query<{ id: string }>(sql`
    select id::text as id from cloudbox.alerts_channels
    where environment_id = ${environmentId} and is_on and ${isEnd ? heard : wanted}
    order by created_at, id`)
  if (isEnd)
    await tx.query(sql`
      update cloudbox.alerts_notices set state = 'failed', due_at = null, reason = 'it was over before it arrived'
      where incident_id = ${incidentId}::bigint and due_at is not null`)
  // That something was held back is to be seen though nobody would have heard it.
  const receivers = rows.length === 0 && isSilenced ? [null] : rows.map(({ id }) => id)
  for (const channelId of receivers)
    await tx.query(sql`
      insert into cloudbox.alerts_notices (id, environment_id, incident_id, channel_id, kind, state, silence_id, at, due_at)
      select ${uuidV7()}, ${environmentId}, ${incidentId}::bigint, ${channelId}::uuid, ${kind},
        ${isSilenced ? 'silenced' : 'waiting'}, ${silenceId ?? null}::uuid, ${new Date(at)}::timestamptz,
        case when ${isSilenced} then null else now() end
      where ${kind} <> 'reminder' or not exists (
        select from cloudbox.alerts_notices
        where incident_id = ${incidentId}::bigint and channel_id = ${channelId}::uuid and due_at is not null)
      on conflict do nothing`)
  return rows.length
}

/** Of an environment. */
const mostWaiting = 1000

/**
 * Gives up what waits beyond what may: reminders first, of them and of the rest the oldest.
 *
 * @returns how many
 */
export async function giveUpWaiting(
  tx: Queryable,
  environmentId: string,
  most = mostWaiting,
): Promise<number> {
  const givenUp = await tx.query(sql`
    update cloudbox.alerts_notices set state = 'failed', due_at = null, reason = 'too many others were waiting'
    where id = any (array(
      select id from cloudbox.alerts_notices where environment_id = ${environmentId} and due_at is not null
      order by kind = 'reminder', at desc, id desc offset ${most}::int))
    returning id`)
  return givenUp.length
}
