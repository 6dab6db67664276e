import { basePath, type EnvironmentPath } from '#session/ask.ts'
import { operator } from '#session/session.svelte.ts'
import type { ApiRequest } from './snippets.ts'

/** Who a request is run as: an app without a user, or who is signed in here. */
export type RunAs = 'anonymous' | 'operator'

export interface RunAnswer {
  readonly status: number
  readonly statusText: string
  readonly ms: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** Headers that tell something to whoever tries the API. */
const told = [
  'x-cloudbox-policy',
  'x-cloudbox-advice',
  'content-range',
  'x-cloudbox-next-cursor',
  'x-cloudbox-commit',
  'etag',
  'x-request-id',
]

/** Sends a request for real. @throws TypeError when no answer comes */
export async function runRequest(
  place: EnvironmentPath,
  { method, path, body }: ApiRequest,
  as: RunAs,
  publishableKey: string | undefined,
): Promise<RunAnswer> {
  const credentials: Record<string, string> =
    as === 'operator'
      ? { authorization: `Bearer ${await operator.token()}` }
      : { apikey: publishableKey ?? '' }
  const startedAt = performance.now()
  const response = await fetch(`${basePath(place)}${path}`, {
    method,
    headers: { ...credentials, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    statusText: response.statusText,
    ms: performance.now() - startedAt,
    headers: told.flatMap(name => {
      const value = response.headers.get(name)
      return value === null ? [] : [[name, value] as const]
    }),
    body: pretty(text),
  }
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
