import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { refuseAnswer } from './refuse-answer.ts'
import type { TextMessage } from './messenger.ts'

type Twilio = Extract<NonNullable<AuthSettings['sms']>, { provider: 'twilio' }>

/** Sends by Twilio's Programmable Messaging (resource Messages, API of 2010-04-01). */
export async function sendByTwilio(
  { accountSid, secret, from }: Twilio,
  { to, text }: TextMessage,
  fetch: typeof globalThis.fetch,
): Promise<void> {
  const sender = from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from }
  const answer = await fetch(`https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ To: to, Body: text, ...sender }),
  })
  if (answer.ok) return
  const { code } = (await answer.json().catch(() => ({}))) as { code?: unknown }
  refuseAnswer('Twilio', answer.status, typeof code === 'number' ? `error ${code}` : undefined)
}
