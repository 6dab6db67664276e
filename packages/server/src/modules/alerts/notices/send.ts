import type { ChannelKind } from '@cloudbox/protocol/alerts'
import { printable } from '../../../lib/printable.ts'
import { signatureHeader, signBody } from '../../../lib/sign-body.ts'
import type { ChannelSecrets } from '../channels/stored-channels.ts'
import { discordBody, slackBody, webhookBody, type Told } from './words.ts'

/** Characters of what somebody has said. */
const mostSaid = 200
export const mostReason = 300

/** It did not arrive. */
export class NotDelivered extends Error {
  /** When to try again at the earliest, ms; never, if undefined. */
  readonly retryMs: number | undefined

  constructor(reason: string, retryMs: number | undefined) {
    super(printable(reason, mostReason))
    this.retryMs = retryMs
  }
}

export interface Sending {
  readonly kind: Exclude<ChannelKind, 'email'>
  readonly secrets: ChannelSecrets
  readonly told: Told
  /** The same at each attempt. */
  readonly deliveryId: string
  readonly nowMs: number
  readonly fetch: typeof fetch
}

const bodies = { webhook: webhookBody, slack: slackBody, discord: discordBody } as const
const longestPauseMs = 3_600_000

/**
 * Sends what is told to an address of the web.
 *
 * @throws NotDelivered with what came in place of a good answer; of the address it tells nothing
 */
export async function sendToWeb({ kind, secrets, told, deliveryId, nowMs, fetch }: Sending): Promise<void> {
  const body = JSON.stringify(bodies[kind](told))
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'CloudBox-Alerts',
    'x-cloudbox-delivery': deliveryId,
  }
  if (kind === 'webhook') headers[signatureHeader] = signBody(secrets.signingSecret ?? '', body, nowMs)
  let answer: Response
  try {
    answer = await fetch(secrets.address, { method: 'POST', headers, body })
  } catch (error) {
    throw new NotDelivered(reasonOf(error), 0)
  }
  if (answer.ok) return
  const isPassing = answer.status >= 500 || answer.status === 408 || answer.status === 429
  const said = printable(await answer.text(), mostSaid)
  const reason = `answered ${answer.status}${said === '' ? '' : `: ${said}`}`
  throw new NotDelivered(reason, isPassing ? retryAfterMs(answer.headers.get('retry-after')) : undefined)
}

function retryAfterMs(text: string | null): number {
  const seconds = Number(text ?? 0)
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds * 1000), longestPauseMs) : 0
}

/** Why nobody answered, in words; of the address it tells nothing. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const { code, message } = cause as { code?: unknown; message?: unknown }
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nobody listens there',
    ENOTFOUND: 'its name is not known',
    ECONNRESET: 'the connection was cut',
    UND_ERR_SOCKET: 'the connection was cut',
  }
  if (typeof code === 'string' && known[code] !== undefined) return known[code]
  const text =
    error instanceof TypeError && error.cause === undefined ? error.message : String(message ?? error)
  return /abort|timeout/i.test(text) ? 'no answer in time' : printable(text, mostSaid)
}
