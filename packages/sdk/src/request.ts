import type { headers } from '@cloudbox/protocol/http'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import { CloudBoxError } from './cloudbox-error.ts'
import { failure, success, type Result } from './result.ts'
import type { Token } from './token.ts'

// The package takes only types from the protocol, so that it stays small; the types keep these texts true.
const apiKeyHeader: typeof headers.apiKey = 'apikey'
const nextCursorHeader: typeof headers.nextCursor = 'x-cloudbox-next-cursor'
const policyHeader: typeof headers.policy = 'x-cloudbox-policy'
const commitHeader: typeof headers.commit = 'x-cloudbox-commit'

/** One request to an environment. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/v1`, with the query string: `/data/todos?limit=20`. */
  readonly path: string
  readonly body?: unknown
  /** Those that have a value are sent. A request with an idempotency-key is sent again when no answer comes. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

/** Sends a request; never rejects. */
export type Send = (request: ApiRequest) => Promise<Result<unknown>>

/** Sends a request and gives the answer as it comes; rejects when none does. */
export type Open = (request: ApiRequest) => Promise<Response>

/**
 * Makes the function that asks the environment at `base` (`…/v1`).
 * @param traceparent what the next request says of the trace it belongs to
 */
export function createOpen(
  base: string,
  key: string,
  token: Token,
  fetch: typeof globalThis.fetch,
  traceparent: () => string | undefined = () => undefined,
): Open {
  const send = (request: ApiRequest, bearer: string | undefined) =>
    fetch(base + request.path, {
      method: request.method,
      headers: {
        [apiKeyHeader]: key,
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
        ...defined({ traceparent: traceparent(), ...request.headers }),
      },
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      ...(request.signal && { signal: request.signal }),
    })
  return async request => {
    const userToken = await token.read()
    const response = await send(request, userToken ?? (key.startsWith('cb_secret_') ? key : undefined))
    if (response.status !== 401 || userToken === undefined) return response
    const { error } = await readAnswer(response.clone())
    if (error === null || !(await token.refused(userToken, error.code))) return response
    return send(request, await token.read())
  }
}

/** Makes the function that sends requests and reads their answers. */
export function createSend(open: Open): Send {
  const attempt: Send = async request => {
    try {
      return await readAnswer(await open(request))
    } catch (cause) {
      return failure(requestError(cause, request.signal))
    }
  }
  return async request => {
    const result = await attempt(request)
    const isLost = result.error?.code === 'client/network'
    return isLost && request.headers?.['idempotency-key'] ? attempt(request) : result
  }
}

/** Why there is no answer, or no end of one. */
export function requestError(cause: unknown, signal: AbortSignal | undefined): CloudBoxError {
  if (cause instanceof CloudBoxError) return cause
  const code = signal?.aborted ? 'client/aborted' : 'client/network'
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new CloudBoxError({ code, detail }, cause)
}

function defined(headers: ApiRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}

/** The result of an answer of JSON. */
export async function readAnswer(response: Response): Promise<Result<unknown>> {
  const { status } = response
  const text = await response.text()
  let body: unknown = null
  try {
    if (text !== '') body = JSON.parse(text)
  } catch {
    return failure(badAnswer(status))
  }
  if (!response.ok)
    return failure(isProblem(body) ? new CloudBoxError({ ...body, status }) : badAnswer(status))
  return success({
    data: body,
    status,
    count: countOf(response.headers.get('content-range')),
    nextCursor: response.headers.get(nextCursorHeader),
    commit: response.headers.get(commitHeader),
    policy: response.headers.get(policyHeader),
  })
}

function isProblem(body: unknown): body is ProblemBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body
}

function badAnswer(status: number): CloudBoxError {
  return new CloudBoxError({
    code: 'client/bad-answer',
    status,
    detail: `The answer with status ${status} did not come from CloudBox`,
    hint: 'Check the address given to createClient, and any proxy on the way.',
  })
}

/** `0-19/171000` → 171000; `0-19/*` → null. */
function countOf(contentRange: string | null): number | null {
  const count = Number.parseInt(contentRange?.split('/')[1] ?? '', 10)
  return Number.isNaN(count) ? null : count
}
