import { createHmac } from 'node:crypto'
import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { refuseAnswer } from './refuse-answer.ts'
import type { TextMessage } from './messenger.ts'

type Webhook = Extract<NonNullable<AuthSettings['sms']>, { provider: 'webhook' }>

/**
 * Hands a message to a server of the app's author, who sends it by whatever provider he likes. It is signed: `t` is the time
 * in seconds, `v1` the HMAC-SHA256 of `<t>.<body>` in hex.
 */
export async function sendToWebhook(
  { url, secret }: Webhook,
  message: TextMessage,
  fetch: typeof globalThis.fetch,
): Promise<void> {
  const body = JSON.stringify(message)
  const t = Math.floor(Date.now() / 1000)
  const v1 = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cloudbox-signature': `t=${t},v1=${v1}` },
    body,
  })
  if (!answer.ok) refuseAnswer('The webhook', answer.status)
}
