/** Where the token of the signed-in user comes from: a fixed text, or a function asked before each use. */
export type TokenSource = string | (() => string | null | undefined | Promise<string | null | undefined>)

/** A source that can do something about a token the server refuses. */
export interface RenewableSource {
  read(): Promise<string | undefined>
  /** @returns whether it is worth asking again, since there is another token now */
  refused(token: string, code: string): Promise<boolean>
}

/** Holds the source of user tokens, which `setToken` and signing in may change at any time. */
export class Token {
  #source: TokenSource | RenewableSource | null

  constructor(source: TokenSource | RenewableSource | null) {
    this.#source = source
  }

  set(source: TokenSource | RenewableSource | null): void {
    this.#source = source
  }

  /** The token to send now; undefined when nobody is signed in. */
  async read(): Promise<string | undefined> {
    const source = this.#source
    if (isRenewable(source)) return source.read()
    return (typeof source === 'function' ? await source() : source) ?? undefined
  }

  /**
   * The server refused a token.
   *
   * @param code - `auth/token-expired`, `auth/session-ended` …
   * @returns whether there is another one to ask with
   */
  async refused(token: string, code: string): Promise<boolean> {
    return isRenewable(this.#source) && this.#source.refused(token, code)
  }
}

function isRenewable(source: TokenSource | RenewableSource | null): source is RenewableSource {
  return typeof source === 'object' && source !== null
}

/**
 * Tells whose token it is: its claims without the times, so that a renewed token of the same user is the same
 * identity. An unreadable token stands for itself.
 */
export function identityOf(token: string | undefined): string {
  if (token === undefined) return ''
  try {
    const { exp: _exp, iat: _iat, nbf: _nbf, jti: _jti, ...claims } = claimsOf(token)
    return JSON.stringify(claims)
  } catch {
    return token
  }
}

/** The session a token belongs to; the token itself when it names none. */
export function sessionIdOf(token: string): string {
  try {
    return String(claimsOf(token).sid ?? token)
  } catch {
    return token
  }
}

function claimsOf(token: string): Record<string, unknown> {
  const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
  return JSON.parse(atob(payload))
}
