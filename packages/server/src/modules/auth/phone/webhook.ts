import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { signatureHeader, signBody } from '../../../lib/sign-body.ts'
import { refuseAnswer } from './refuse-answer.ts'
import type { TextMessage } from './messenger.ts'

type Webhook = Extract<NonNullable<AuthSettings['sms']>, { provider: 'webhook' }>

/** Hands a message to a server of the app's author, who sends it by whatever provider he likes. It is signed (see signBody). */
export async function sendToWebhook(
  { url, secret }: Webhook,
  message: TextMessage,
  fetch: typeof globalThis.fetch,
): Promise<void> {
  const body = JSON.stringify(message)
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [signatureHeader]: signBody(secret, body) },
    body,
  })
  if (!answer.ok) refuseAnswer('The webhook', answer.status)
}
