/** Where the token of the signed-in user comes from: a fixed text, or a function asked before each use. */
export type TokenSource = string | (() => string | null | undefined | Promise<string | null | undefined>)

/** Holds the source of user tokens, which `setToken` may change at any time. */
export class Token {
  #source: TokenSource | null

  constructor(source: TokenSource | null) {
    this.#source = source
  }

  set(source: TokenSource | null): void {
    this.#source = source
  }

  /** The token to send now; undefined when nobody is signed in. */
  async read(): Promise<string | undefined> {
    const token = typeof this.#source === 'function' ? await this.#source() : this.#source
    return token ?? undefined
  }
}

/**
 * Tells whose token it is: its claims without the times, so that a renewed token of the same user is the same
 * identity. An unreadable token stands for itself.
 */
export function identityOf(token: string | undefined): string {
  if (token === undefined) return ''
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const { exp: _exp, iat: _iat, nbf: _nbf, jti: _jti, ...claims } = JSON.parse(atob(payload))
    return JSON.stringify(claims)
  } catch {
    return token
  }
}
