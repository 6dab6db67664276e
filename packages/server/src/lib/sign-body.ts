import { createHmac } from 'node:crypto'

/** The header that shows who sent a body. */
export const signatureHeader = 'x-cloudbox-signature'

/**
 * Signs a body that is sent to a server of the app's author: `t=<seconds since 1970>,v1=<hex>`, where `v1` is the HMAC-SHA256 of
 * `<t>.<body>`. The time is signed as well, so that a body that was overheard cannot be sent again much later.
 */
export function signBody(secret: string, body: string, nowMs = Date.now()): string {
  const t = Math.floor(nowMs / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}
