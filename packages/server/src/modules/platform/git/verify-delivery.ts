import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { GitHost } from '@cloudbox/protocol/platform-replies'
import type { DeliveryHeaders } from './delivery-headers.ts'

/** How far the clock of a generic sender may be off, and for how long what it signed is good. */
const windowSeconds = 300

interface Delivery {
  readonly headers: DeliveryHeaders
  /** As it was sent: signatures are over these letters. */
  readonly body: string
}

/**
 * Whether a delivery comes from somebody who knows the secret, and which one it is: the same again has the same key.
 * Made of what the sender vouches for, so that nobody makes an old delivery a new one.
 *
 * @returns undefined when it does not come from there
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * @see https://docs.gitlab.com/user/project/integrations/webhooks/
 */
export function verifyDelivery(
  host: GitHost,
  secret: string,
  { headers, body }: Delivery,
  nowMs: number,
): Buffer | undefined {
  switch (host) {
    case 'github': {
      const expected = `sha256=${hmac(secret, body)}`
      // The id of the delivery is not signed, the body is.
      return isSame(headers['x-hub-signature-256'], expected) ? digest(body) : undefined
    }
    case 'gitlab': {
      const delivery = headers['idempotency-key'] ?? headers['x-gitlab-event-uuid'] ?? ''
      return isSame(headers['x-gitlab-token'], secret) ? digest(`${String(delivery)} ${body}`) : undefined
    }
    case 'generic': {
      const header = headers['x-cloudbox-signature']
      const [, time, signature] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(String(header)) ?? []
      const isGood = isSame(signature ?? '', hmac(secret, `${time}.${body}`))
      const isFresh = Math.abs(nowMs / 1000 - Number(time)) <= windowSeconds
      return isGood && isFresh ? digest(`${time} ${body}`) : undefined
    }
  }
}

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Takes as long whatever differs, lengths too. */
function isSame(given: string | string[] | undefined, expected: string): boolean {
  return timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(expected))
}
