import { randomUUID } from 'node:crypto'
import { Failure } from './failure.ts'
import { readJson, send } from './http.ts'
import type { TokenSource } from './session/token-source.ts'

export interface AskOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly isOnce?: boolean
}

/** The management API, asked as whoever is signed in. Paths are below `/v1/platform`. */
export interface Api {
  get<T>(path: string, query?: AskOptions['query']): Promise<T>
  /** Makes something, with an idempotency key: should the line break, a second try makes nothing twice. */
  create<T>(path: string, body: unknown): Promise<T>
  /** Does something that is not tried again. */
  post<T>(path: string, body?: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  patch<T>(path: string, body: unknown): Promise<T>
  delete(path: string, query?: AskOptions['query']): Promise<void>
  /** An answer that is read piece by piece. */
  open(path: string, query?: AskOptions['query']): Promise<Response>
}

/** What only another sign-in helps against: the hints of the server are for who writes a client. */
const needSignIn = new Set(['auth/session-ended', 'auth/step-up-needed', 'auth/token-invalid'])

export function openApi(url: string, tokens: TokenSource): Api {
  const open = async (
    method: string,
    path: string,
    { query = {}, body, isOnce = false }: AskOptions = {},
  ) => {
    const address = new URL(`${url}/v1/platform${path}`)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) address.searchParams.set(name, String(value))
    const once: Record<string, string> = isOnce ? { 'idempotency-key': randomUUID() } : {}
    const sendWith = (token: string) =>
      send({
        method,
        url: address.href,
        headers: { authorization: `Bearer ${token}`, ...once },
        body,
      })
    const attempt = async (token: string) => {
      try {
        return await sendWith(token)
      } catch (error) {
        const isCut = error instanceof Failure && error.body.code === 'cli/unreachable'
        if (!isCut || (method === 'POST' && !isOnce)) throw error
        return sendWith(token)
      }
    }
    const token = await tokens.token()
    try {
      return await attempt(token).catch(async (error: unknown) => {
        if (!(error instanceof Failure && error.body.code === 'auth/token-expired')) throw error
        return attempt(await tokens.renew(token))
      })
    } catch (error) {
      if (!(error instanceof Failure && needSignIn.has(error.body.code))) throw error
      throw new Failure({ ...error.body, hint: `Sign in again: cloudbox login ${url}` })
    }
  }
  const ask = async <T>(method: string, path: string, options?: AskOptions) =>
    readJson<T>(await open(method, path, options))
  return {
    get: (path, query = {}) => ask('GET', path, { query }),
    create: (path, body) => ask('POST', path, { body, isOnce: true }),
    post: (path, body) => ask('POST', path, { body }),
    put: (path, body) => ask('PUT', path, { body }),
    patch: (path, body) => ask('PATCH', path, { body }),
    delete: (path, query = {}) => ask('DELETE', path, { query }),
    open: (path, query = {}) => open('GET', path, { query }),
  }
}

/** A path whose parts may be any text: ``at`/projects/${project}` ``. */
export function at(texts: TemplateStringsArray, ...parts: readonly string[]): string {
  return texts.reduce((path, text, i) => `${path}${encodeURIComponent(parts[i - 1]!)}${text}`)
}
