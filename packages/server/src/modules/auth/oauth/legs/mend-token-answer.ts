/**
 * Answers of OAuth 2.0 token endpoints as the standard wants them: an error with status 200 becomes one, a missing
 * `token_type` is bearer, a list of scopes becomes text, and an ID token nobody asked for is not looked at.
 */
export function mendTokenAnswers(fetch: typeof globalThis.fetch, tokenUrl: string): typeof globalThis.fetch {
  return async (input, init) => {
    const answer = await fetch(input, init)
    const asked = input instanceof Request ? input.url : String(input)
    if (asked !== tokenUrl || !answer.ok) return answer
    const said = (await answer
      .clone()
      .json()
      .catch(() => null)) as Record<string, unknown> | null
    if (said === null || typeof said !== 'object') return answer
    if (typeof said['error'] === 'string') return Response.json(said, { status: 400 })
    const { id_token: _idToken, expires_in: expiresIn, ...rest } = said
    const mended: Record<string, unknown> = { ...rest, token_type: 'bearer' }
    if (Array.isArray(rest['scope'])) mended['scope'] = rest['scope'].join(' ')
    if (Number(expiresIn) > 0) mended['expires_in'] = Number(expiresIn)
    return Response.json(mended)
  }
}
