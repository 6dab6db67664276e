import type { ProblemBody } from '@cloudbox/protocol/problem'
import manifest from '../package.json' with { type: 'json' }
import { failure, problemFailure } from './failure.ts'

export interface Request {
  readonly method: string
  /** With origin and query. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/**
 * Sends a request and answers what came back with a good status.
 * @throws Failure the problem that was answered, `cli/unreachable`, `cli/unexpected-answer`
 */
export async function send({ method, url, headers, body }: Request): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, {
      method,
      // A key or a token must not follow to somewhere else.
      redirect: 'manual',
      headers: {
        'user-agent': `cloudbox-cli/${manifest.version} (${process.platform})`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (error) {
    throw unreachable(url, error)
  }
  if (response.ok) return response
  const text = await response.text()
  const problem = readProblem(text)
  if (problem !== undefined) throw problemFailure(problem)
  throw notCloudBox(url, response.status)
}

/** The JSON of an answer; undefined of an empty one. */
export async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text()
  if (text === '') return undefined as T
  try {
    return JSON.parse(text) as T
  } catch {
    throw notCloudBox(response.url, response.status)
  }
}

function readProblem(text: string): ProblemBody | undefined {
  try {
    const body = JSON.parse(text) as Partial<ProblemBody> | null
    return typeof body?.code === 'string' && typeof body.detail === 'string'
      ? (body as ProblemBody)
      : undefined
  } catch {
    return undefined
  }
}

function unreachable(url: string, error: unknown) {
  const { origin } = new URL(url)
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : (cause?.message ?? String(error))
  return failure(
    'unreachable',
    `No server answers at ${origin} (${code}).`,
    'Start it, or name another with --url or CLOUDBOX_URL.',
  )
}

function notCloudBox(url: string, status: number) {
  return failure(
    'unexpected-answer',
    `${new URL(url).origin} answered ${status}, but not as CloudBox does.`,
    'Is this the address of a CloudBox server? Give it with --url or CLOUDBOX_URL.',
  )
}
