import type { WantedDrain } from '@cloudbox/protocol/telemetry'
import type { LogLine } from '../../../kernel/log.ts'
import { sendToBucket } from './send-to-bucket.ts'
import { sendToWebhook } from './send-to-webhook.ts'

type Webhook = Extract<WantedDrain, { kind: 'webhook' }>
type Bucket = Extract<WantedDrain, { kind: 's3' }>

/** All it takes to send lines somewhere. */
export type Destination =
  (Pick<Webhook, 'kind' | 'url'> & { readonly secret: string }) | Omit<Bucket, 'name' | 'requests'>

/** Lines, and whose they are. */
export interface Batch {
  readonly project: string
  readonly environment: string
  readonly lines: readonly LogLine[]
}

/** Sends lines there. @throws Error with words for people when they did not arrive */
export function send(destination: Destination, batch: Batch, fetch: typeof globalThis.fetch): Promise<void> {
  return destination.kind === 'webhook'
    ? sendToWebhook(destination, batch, fetch)
    : sendToBucket(destination, batch, fetch)
}

/** Where it leads, for people, without what is secret. */
export function describe(destination: Destination): string {
  if (destination.kind === 'webhook') {
    const { origin, pathname, search } = new URL(destination.url)
    return pathname === '/' && search === '' ? origin : `${origin}/…`
  }
  const { endpoint, bucket, prefix } = destination
  return [new URL(endpoint).host, bucket, prefix.replaceAll(/^\/+|\/+$/g, '')].filter(Boolean).join('/')
}

/** Why a request came to nothing: what is behind `fetch failed`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? `${error.message}: ${reasonOf(cause)}` : error.message
}
