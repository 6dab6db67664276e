import { randomBytes } from 'node:crypto'
import { alertsProblems, type AlertChannel, type ChannelKind } from '@cloudbox/protocol/alerts'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { isPlainAddress } from '../../auth/module.ts'

/** What only whoever sends may know. */
export interface ChannelSecrets {
  /** The e-mail address, or where it is sent. */
  readonly address: string
  /** Of a webhook. */
  readonly signingSecret?: string
}

/** A channel with everything it takes to send over it. */
export interface Channel {
  readonly id: string
  readonly environmentId: string
  readonly kind: ChannelKind
  readonly name: string
  readonly isOn: boolean
  /** Where the console was when somebody last changed it. */
  readonly origin: string
  readonly sealed: Buffer
}

const shown = sql`id::text as id, kind, name, address, is_on as "isOn",
  extract(epoch from delivered_at)::float8 * 1000 as "deliveredAt",
  extract(epoch from failed_at)::float8 * 1000 as "failedAt", failure`

/** Channels of an environment as they may be shown. */
export function listChannels(db: Queryable, environmentId: string): Promise<AlertChannel[]> {
  return db.query<AlertChannel & Record<string, unknown>>(sql`
    select ${shown} from cloudbox.alerts_channels where environment_id = ${environmentId} order by created_at, id`)
}

export async function showChannel(db: Queryable, environmentId: string, id: string): Promise<AlertChannel> {
  const [row] = await db.query<AlertChannel & Record<string, unknown>>(sql`
    select ${shown} from cloudbox.alerts_channels where environment_id = ${environmentId} and id::text = ${id}`)
  if (row === undefined) throw unknownChannel(id)
  return row
}

/** A channel as it is; undefined: there is none (any more). */
export async function findChannel(db: Queryable, id: string): Promise<Channel | undefined> {
  const [row] = await db.query<Omit<Channel, 'sealed'> & { sealed: string }>(sql`
    select id::text as id, environment_id::text as "environmentId", kind, name, is_on as "isOn", origin,
      encode(sealed, 'hex') as sealed
    from cloudbox.alerts_channels where id::text = ${id}`)
  return row === undefined ? undefined : { ...row, sealed: Buffer.from(row.sealed, 'hex') }
}

export function unknownChannel(id: string): Problem {
  return new Problem(alertsProblems['not-found'], `There is no channel ${id} here.`)
}

/** Keeps a channel, in place of what was there under its id. */
export async function saveChannel(
  db: Queryable,
  vault: Vault,
  channel: Omit<Channel, 'sealed'>,
  secrets: ChannelSecrets,
): Promise<void> {
  const { id, environmentId, kind, name, isOn, origin } = channel
  const sealed = vault.seal(environmentId, labelOf(id), JSON.stringify(secrets))
  await db.query(sql`
    insert into cloudbox.alerts_channels (id, environment_id, kind, name, address, sealed, origin, is_on)
    values (${id}, ${environmentId}, ${kind}, ${name}, ${shownAddress(kind, secrets.address)}, ${sealed}, ${origin}, ${isOn})
    on conflict (id) do update set name = excluded.name, address = excluded.address, sealed = excluded.sealed,
      origin = excluded.origin, is_on = excluded.is_on`)
}

/** @throws Error when it was sealed with another master key */
export function openChannel(vault: Vault, { id, environmentId, sealed }: Channel): ChannelSecrets {
  return JSON.parse(vault.open(environmentId, labelOf(id), sealed).toString()) as ChannelSecrets
}

/** Writes down how it went. */
export async function noteDelivery(db: Queryable, id: string, failure: string | null): Promise<void> {
  await db.query(
    failure === null
      ? sql`update cloudbox.alerts_channels set delivered_at = now() where id = ${id}`
      : sql`update cloudbox.alerts_channels set failed_at = now(), failure = ${failure} where id = ${id}`,
  )
}

/**
 * Refuses an address over which nothing could be sent.
 *
 * @throws Problem `alerts/invalid-channel`
 */
export function checkAddress(kind: ChannelKind, address: string, allowPlain: boolean): void {
  const mistake = kind === 'email' ? mistakeInMail(address) : mistakeInUrl(kind, address, allowPlain)
  if (mistake === undefined) return
  throw new Problem(alertsProblems['invalid-channel'], `/address: ${mistake}`, {
    errors: [{ at: '/address', message: mistake }],
    hint: hints[kind],
  })
}

const hints: Readonly<Record<ChannelKind, string>> = {
  email: 'Name one mailbox: ops@example.com.',
  webhook: 'Name an address that takes a POST: https://example.com/alerts.',
  slack: 'Make an incoming webhook in Slack and paste its address: https://hooks.slack.com/services/….',
  discord:
    'Make a webhook in the settings of a Discord channel and paste its address: https://discord.com/api/webhooks/….',
}

function mistakeInMail(address: string): string | undefined {
  return isPlainAddress(address) ? undefined : 'this is not the address of one mailbox'
}

function mistakeInUrl(kind: ChannelKind, address: string, allowPlain: boolean): string | undefined {
  const url = URL.parse(address)
  if (url === null) return 'this is no address of the web'
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowPlain))
    return 'it has to begin with https://'
  if (url.username !== '' || url.password !== '') return 'a name and password in it are not sent'
  // In development somebody may listen in the place of both.
  if (allowPlain || kind === 'webhook') return undefined
  const hosts =
    kind === 'slack' ? ['hooks.slack.com', 'hooks.slack-gov.com'] : ['discord.com', 'discordapp.com']
  return hosts.some(host => url.hostname === host || url.hostname.endsWith(`.${host}`))
    ? undefined
    : `an address of ${kind === 'slack' ? 'Slack' : 'Discord'} is at ${hosts[0]!}`
}

function shownAddress(kind: ChannelKind, address: string): string {
  return kind === 'email' ? address : `${new URL(address).host}/•••`
}

export function makeSigningSecret(): string {
  return `cb_alerts_${randomBytes(24).toString('base64url')}`
}

function labelOf(id: string): string {
  return `alert-channel ${id}`
}
