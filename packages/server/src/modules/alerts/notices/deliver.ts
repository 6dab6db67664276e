import type { AlertCondition } from '@cloudbox/protocol/alerts'
import type { Environment } from '../../../kernel/caller.ts'
import { guardedFetch } from '../../../kernel/egress.ts'
import { sql } from '../../../kernel/sql.ts'
import { printable } from '../../../lib/printable.ts'
import { findChannel, noteDelivery, openChannel, type Channel } from '../channels/stored-channels.ts'
import type { AlertsDeps } from '../deps.ts'
import type { Leased } from './lease-notices.ts'
import { mostReason, NotDelivered, sendToWeb } from './send.ts'
import { mailOf, type Told } from './words.ts'

const timeoutMs = 10_000
/** Between one attempt and the next: seven in five hours. */
const pausesMs = [5000, 30_000, 120_000, 600_000, 3_600_000, 14_400_000]
/** How often it is asked what became of a mail. */
const mailPausesMs = [1000, 2000, 5000, 15_000]
const publicFetch = guardedFetch({ allowPrivate: false, timeoutMs })
const anyFetch = guardedFetch({ allowPrivate: true, timeoutMs })

/**
 * Sends a notice and writes down how that went. One that cannot even be settled is taken up again when its lease is over,
 * and ends no other.
 */
export async function deliver(deps: AlertsDeps, notice: Leased): Promise<void> {
  try {
    await attempt(deps, notice)
  } catch (error) {
    deps.log.error('alerts.notice-unsettled', { id: notice.id, channel: notice.channelId, error })
  }
}

/** Sends something over a channel that is no notice. */
export async function sendOver(
  deps: AlertsDeps,
  environment: Environment,
  channel: Channel,
  told: Told,
  deliveryId: string,
): Promise<void> {
  if (channel.kind === 'email') throw new Error('mails go another way')
  if (environment.inert) throw new NotDelivered('nothing leaves this environment: it is a branch', undefined)
  const { kind } = channel
  await sendToWeb({
    kind,
    secrets: secretsOf(deps, channel),
    told,
    deliveryId,
    nowMs: deps.clock.now(),
    fetch: environment.dev ? anyFetch : publicFetch,
  })
}

/** Where the alerts of an environment are looked at. */
export function pageOf(origin: string, { project, name }: Environment): string {
  return `${origin}/console/projects/${encodeURIComponent(project)}/${encodeURIComponent(name)}/alerts`
}

export function secretsOf({ vault }: AlertsDeps, channel: Channel) {
  try {
    return openChannel(vault, channel)
  } catch {
    throw new NotDelivered('it was sealed with another master key: set its address again', undefined)
  }
}

async function attempt(deps: AlertsDeps, notice: Leased): Promise<void> {
  try {
    const environment = deps.environments().find(({ id }) => id === notice.environmentId)
    const channel = await findChannel(deps.db, notice.channelId)
    if (environment === undefined || channel === undefined)
      throw new NotDelivered('the channel was removed', undefined)
    if (channel.kind === 'email') await followMail(deps, environment, channel, notice)
    else {
      await sendOver(deps, environment, channel, toldOf(deps, environment, channel, notice), notice.id)
      await settle(deps, notice, null)
    }
  } catch (error) {
    const reason = printable(error instanceof Error ? error.message : String(error), mostReason)
    const pauseMs = pausesMs[notice.attempts - 1]
    const earliestMs = error instanceof NotDelivered ? error.retryMs : 0
    const retryMs =
      pauseMs === undefined || earliestMs === undefined ? undefined : Math.max(pauseMs, earliestMs)
    const fields = { id: notice.id, channel: notice.channelId, attempts: notice.attempts, reason }
    if (retryMs === undefined) deps.log.error('alerts.notice-failed', fields)
    else deps.log.warn('alerts.notice-delayed', { ...fields, retryMs })
    await settle(deps, notice, { reason, retryMs })
  }
}

/** A mail is given to those who send the mails of the environment, and then watched. */
async function followMail(
  deps: AlertsDeps,
  environment: Environment,
  channel: Channel,
  notice: Leased,
): Promise<void> {
  const { db, mails } = deps
  const pauseMs = mailPausesMs[notice.attempts - 1] ?? mailPausesMs.at(-1)!
  if (notice.mailId === null) {
    const { address } = secretsOf(deps, channel)
    const mail = mailOf(toldOf(deps, environment, channel, notice))
    // The mail and that it was written are one: it is written once.
    await db.transaction(async tx => {
      const mailId = await mails.enqueue(tx, environment, address, mail)
      await tx.query(sql`
        update cloudbox.alerts_notices set mail_id = ${mailId}::uuid, due_at = now() + ${pauseMs} * interval '1 ms'
        where id = ${notice.id} and due_at is not null`)
    })
    return
  }
  const { state, reason } = await mails.fateOf(environment, notice.mailId)
  if (state === 'sent') await settle(deps, notice, null)
  else if (state === 'waiting')
    await db.query(sql`
      update cloudbox.alerts_notices set due_at = now() + ${pauseMs} * interval '1 ms', reason = ${reason}
      where id = ${notice.id} and due_at is not null`)
  else
    await settle(deps, notice, {
      reason: reason ?? 'nobody knows what became of the mail',
      retryMs: undefined,
    })
}

interface Failure {
  readonly reason: string | null
  /** Never again, if undefined. */
  readonly retryMs: number | undefined
}

/** Writes down how it went; where the reason cannot be kept, that it failed all the same. */
async function settle(deps: AlertsDeps, notice: Leased, failure: Failure | null): Promise<void> {
  let kept = failure
  try {
    await keepSettled(deps, notice, kept)
  } catch (error) {
    if (failure === null) throw error
    deps.log.warn('alerts.reason-unkept', { id: notice.id, error })
    kept = { ...failure, reason: null }
    await keepSettled(deps, notice, kept)
  }
  await noteDelivery(deps.db, notice.channelId, kept === null ? null : (kept.reason ?? 'nobody knows why'))
}

async function keepSettled(
  { db }: AlertsDeps,
  { id, attempts }: Leased,
  failure: Failure | null,
): Promise<void> {
  // Whoever was so slow that another has taken it has nothing to say any more; of one given up, only that it arrived.
  const own = sql`id = ${id} and attempts = ${attempts}`
  if (failure === null)
    await db.query(sql`
      update cloudbox.alerts_notices set state = 'delivered', delivered_at = now(), due_at = null, reason = null
      where ${own}`)
  else if (failure.retryMs === undefined)
    await db.query(sql`
      update cloudbox.alerts_notices set state = 'failed', due_at = null, reason = ${failure.reason}
      where ${own} and due_at is not null`)
  else
    await db.query(sql`
      update cloudbox.alerts_notices set due_at = now() + ${failure.retryMs} * interval '1 ms', reason = ${failure.reason}
      where ${own} and due_at is not null`)
}

function toldOf(
  { publicUrl }: AlertsDeps,
  environment: Environment,
  { origin }: Channel,
  notice: Leased,
): Told {
  const { kind, incidentId, ruleId, name, condition, severity, beganAt, firedAt, endedAt, ended, peak, at } =
    notice
  return {
    kind,
    incidentId,
    project: environment.project,
    environment: environment.name,
    rule: { id: ruleId, name },
    condition: JSON.parse(condition) as AlertCondition,
    severity,
    beganAt,
    firedAt,
    // A notice that it fires is not told later that it is over.
    endedAt: kind === 'resolved' ? endedAt : null,
    isRuleChanged: ended === 'rule-changed',
    peak,
    at,
    url: pageOf(publicUrl ?? origin, environment),
  }
}
