import { CloudBoxError } from '@cloudbox/client'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import { operator } from './session.svelte.ts'

export interface AskOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** One environment, as it is addressed. */
export interface EnvironmentPath {
  readonly project: string
  readonly environment: string
}

/** Asks the management API as who is signed in. @throws CloudBoxError */
export function ask<T>(method: string, path: string, options: AskOptions = {}): Promise<T> {
  return send<T>(method, `/v1/platform${path}`, options)
}

/** Asks the API of an environment as who is signed in. @throws CloudBoxError */
export function askIn<T>(
  place: EnvironmentPath,
  method: string,
  path: string,
  options: AskOptions = {},
): Promise<T> {
  return send<T>(method, `${basePath(place)}${path}`, options)
}

/** Where the API of an environment begins, below the origin. */
export function basePath({ project, environment }: EnvironmentPath): string {
  return `/${project}/${environment}/v1`
}

/** The answer as it comes, for bodies that are read piece by piece. @throws CloudBoxError */
export async function open(method: string, path: string, options: AskOptions = {}): Promise<Response> {
  const token = await operator.token()
  const response = await request(method, path, options, token)
  if (response.ok) return response
  const error = await errorOf(response)
  if (response.status !== 401) throw error
  if (error.code !== 'auth/token-expired') throw await goodbye(error)
  const again = await request(method, path, options, await operator.renew())
  if (again.ok) return again
  throw await goodbye(await errorOf(again))
}

/** A session that was ended elsewhere is over here as well. */
async function goodbye(error: CloudBoxError): Promise<CloudBoxError> {
  if (error.code.startsWith('auth/') || error.code === 'platform/operator-needed') await operator.end()
  return error
}

async function send<T>(method: string, path: string, options: AskOptions): Promise<T> {
  const response = await open(method, path, options)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

async function request(
  method: string,
  path: string,
  { query = {}, body, headers, signal }: AskOptions,
  token: string | undefined,
): Promise<Response> {
  const url = new URL(path, location.origin)
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value))
  const isPlain = typeof body === 'string' || body instanceof Blob
  try {
    return await fetch(url, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && !isPlain && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isPlain ? body : JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new CloudBoxError(
      {
        code: 'client/network',
        detail: 'The server does not answer.',
        hint: 'See whether it is running, and try again.',
      },
      cause,
    )
  }
}

async function errorOf(response: Response): Promise<CloudBoxError> {
  const text = await response.text()
  try {
    return new CloudBoxError(JSON.parse(text) as ProblemBody)
  } catch {
    return new CloudBoxError({
      code: 'client/bad-answer',
      detail: `The server answers ${response.status}.`,
      status: response.status,
    })
  }
}
