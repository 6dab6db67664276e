/** What a request tells of who sent it, beside who he is. */
export interface Visitor {
  readonly ip: string
  readonly userAgent: string | undefined
  /** `Accept-Language`. */
  readonly languages: string | undefined
  /** Where the request reached this server. */
  readonly origin: string
}

/** Reads it from a request. */
export function visitorOf(request: {
  readonly ip: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}): Visitor {
  const text = (name: string) => {
    const value = request.headers[name]
    return typeof value === 'string' ? value.slice(0, 500) : undefined
  }
  return {
    ip: request.ip,
    origin: request.origin,
    userAgent: text('user-agent'),
    languages: text('accept-language'),
  }
}
