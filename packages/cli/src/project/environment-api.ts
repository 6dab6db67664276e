import { Failure } from '../failure.ts'
import { readJson, send } from '../http.ts'
import type { TokenSource } from '../session/token-source.ts'

/** The right to change an environment: its secret key, or the token of an operator. */
type Right = { readonly key: string } | { readonly tokens: TokenSource }

/** The API of one environment. Paths are below its `/v1`, e.g. `/schema/migrations`. */
export interface EnvironmentApi {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  patch<T>(path: string, body: unknown): Promise<T>
  delete<T>(path: string): Promise<T>
  /** An answer that is read piece by piece. */
  open(path: string): Promise<Response>
  /** What to put into the head of a request of one's own. */
  headers(): Promise<Record<string, string>>
}

export function environmentApi(environmentUrl: string, right: Right): EnvironmentApi {
  const headers = async (): Promise<Record<string, string>> =>
    'key' in right ? { apikey: right.key } : { authorization: `Bearer ${await right.tokens.token()}` }
  const open = async (method: string, path: string, body?: unknown) => {
    const request = { method, url: `${environmentUrl}/v1${path}`, body }
    const shown = await headers()
    try {
      return await send({ ...request, headers: shown })
    } catch (error) {
      const isEnded = error instanceof Failure && error.body.code === 'auth/token-expired'
      if (!isEnded || 'key' in right) throw error
      const token = await right.tokens.renew(shown['authorization']!.slice('Bearer '.length))
      return send({ ...request, headers: { authorization: `Bearer ${token}` } })
    }
  }
  const ask = async <T>(method: string, path: string, body?: unknown) =>
    readJson<T>(await open(method, path, body))
  return {
    headers,
    open: path => open('GET', path),
    get: path => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    put: (path, body) => ask('PUT', path, body),
    patch: (path, body) => ask('PATCH', path, body),
    delete: path => ask('DELETE', path),
  }
}
