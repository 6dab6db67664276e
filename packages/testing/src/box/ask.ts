/** Asks the server with the secret key, below `/v1`. @throws Error with what the server says */
export type Ask = <Answer = void>(method: string, path: string, body?: unknown) => Promise<Answer>

interface ProblemBody {
  readonly code?: string
  readonly title?: string
  readonly detail?: string
  readonly hint?: string
  readonly errors?: readonly { readonly at?: string; readonly message?: string }[]
}

export function createAsk(environmentUrl: string, secretKey: string): Ask {
  return async (method, path, body) => {
    const response = await fetch(`${environmentUrl}/v1${path}`, {
      method,
      headers: {
        apikey: secretKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as never
    throw new Error(explain(`${method} ${path}`, response.status, text))
  }
}

function explain(asked: string, status: number, text: string): string {
  try {
    const { code, title, detail, hint, errors = [] } = JSON.parse(text) as ProblemBody
    const places = errors.map(({ at, message }) => `\n  ${at ?? ''}: ${message ?? ''}`).join('')
    return `${code ?? status}: ${detail ?? title ?? ''}${places}${hint === undefined ? '' : `\n  ${hint}`}`
  } catch {
    return `${asked} was answered with ${status}: ${text.slice(0, 200)}`
  }
}
