import { lineText } from '../../../kernel/log.ts'
import { signatureHeader, signBody } from '../../../lib/sign-body.ts'
import type { Batch, Destination } from './destination.ts'

type Webhook = Extract<Destination, { kind: 'webhook' }>

export async function sendToWebhook(
  { url, secret }: Webhook,
  { project, environment, lines }: Batch,
  fetch: typeof globalThis.fetch,
): Promise<void> {
  const place = JSON.stringify(`${project}/${environment}`)
  const body = `{"environment":${place},"lines":[${lines.map(lineText).join(',')}]}`
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [signatureHeader]: signBody(secret, body) },
    body,
  })
  if (!answer.ok) throw new Error(`it answered ${answer.status}`)
}
