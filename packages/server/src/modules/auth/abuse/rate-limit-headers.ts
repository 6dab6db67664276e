/** What is left in a bucket after a request. */
export interface BucketState {
  /** For people and logs: `sign-in:ip`. */
  readonly name: string
  readonly perMinute: number
  readonly burst: number
  /** Fractions of a token are on their way. */
  readonly tokens: number
}

/**
 * The draft's fields as they are now (draft-ietf-httpapi-ratelimit-headers-10: `RateLimit`, `RateLimit-Policy`), and the
 * three of its versions up to 05, which is what clients read today.
 */
export function rateLimitHeaders({ name, perMinute, burst, tokens }: BucketState): Record<string, string> {
  const perSecond = perMinute / 60
  const remaining = Math.max(0, Math.floor(tokens))
  const fullAfterSeconds = Math.ceil((burst - tokens) / perSecond)
  const windowSeconds = Math.ceil(burst / perSecond)
  return {
    'ratelimit-limit': String(burst),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(fullAfterSeconds),
    'ratelimit-policy': `"${name}";q=${burst};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${remaining};t=${fullAfterSeconds}`,
  }
}
