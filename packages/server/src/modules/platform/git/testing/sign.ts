import { createHmac, randomUUID } from 'node:crypto'

/** A request as its host sends it. */
export interface SignedDelivery {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function fromGithub(secret: string, event: string, payload: object): SignedDelivery {
  const body = JSON.stringify(payload)
  return {
    body,
    headers: {
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  }
}

export function fromGitlab(secret: string, event: string, payload: object): SignedDelivery {
  return {
    body: JSON.stringify(payload),
    headers: { 'x-gitlab-event': event, 'x-gitlab-token': secret, 'x-gitlab-event-uuid': randomUUID() },
  }
}

export function fromAnywhere(secret: string, payload: object, atMs?: number): SignedDelivery {
  return signAnywhere(secret, JSON.stringify(payload), atMs)
}

export function signAnywhere(secret: string, body: string, atMs = Date.now()): SignedDelivery {
  const time = Math.floor(atMs / 1000)
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return { body, headers: { 'x-cloudbox-signature': `t=${time},v1=${signature}` } }
}
