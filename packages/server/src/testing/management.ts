import assert from 'node:assert/strict'
import type { Answer, TestServer } from './start-test-server.ts'

/** An operator who is signed in. */
export interface TestOperator {
  readonly id: string
  readonly email: string
  readonly token: string
  /** Asks below `/v1/platform`. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Asks below `/{project}/{environment}/v1`, with his token in place of a key. */
  askIn(environment: string, method: string, path: string, body?: unknown): Promise<Answer>
}

export const password = 'correct horse battery staple'

/** Makes the owner of the installation, with an organisation. */
export async function setUpOwner(server: TestServer, organisation = 'acme'): Promise<TestOperator> {
  const token = await server.server().platform.makeSetUpToken()
  const email = 'owner@example.com'
  const answer = await ask(server, 'POST', '/set-up', { token, email, password, organisation })
  assert.equal(answer.status, 204, JSON.stringify(answer.body))
  return signIn(server, email)
}

/** Invites somebody, reads the mail and joins. */
export async function join(
  server: TestServer,
  by: TestOperator,
  organisation: string,
  email: string,
  role: string,
): Promise<TestOperator> {
  const invited = await by.ask('POST', `/organisations/${organisation}/invitations`, { email, role })
  assert.equal(invited.status, 201, JSON.stringify(invited.body))
  const token = await invitationToken(server, email)
  const accepted = await ask(server, 'POST', '/invitations/accept', { token, password })
  assert.equal(accepted.status, 204, JSON.stringify(accepted.body))
  return signIn(server, email)
}

/** What the newest mail to an address leads to. */
export async function invitationToken(server: TestServer, email: string): Promise<string> {
  for (let tries = 0; tries < 400; tries++) {
    const [mail] = await server.db.query<{ link: string }>({
      text: `select link from "_platform__production".auth_mailbox where recipient = $1 order by number desc limit 1`,
      values: [email],
    })
    if (mail !== undefined) return new URL(mail.link).hash.slice(1)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error(`no mail came to ${email}`)
}

export async function signIn(server: TestServer, email: string): Promise<TestOperator> {
  const { body } = await ask(server, 'GET', '')
  const { accounts } = body as { accounts: { path: string; publishableKey: string } }
  const response = await fetch(`${server.url}${accounts.path}/v1/auth/sign-in`, {
    method: 'POST',
    headers: { apikey: accounts.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  const signedIn = (await response.json()) as { accessToken: string; user: { id: string } }
  assert.equal(response.status, 200, JSON.stringify(signedIn))
  const { accessToken: token, user } = signedIn
  const authorization = `Bearer ${token}`
  return {
    id: user.id,
    email,
    token,
    ask: (method, path, sent, headers) => ask(server, method, path, sent, { authorization, ...headers }),
    askIn: (environment, method, path, sent) =>
      request(`${server.url}/${environment}/v1${path}`, method, sent, { authorization }),
  }
}

/** Asks below `/v1/platform`. */
export function ask(
  server: TestServer,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return request(`${server.url}/v1/platform${path}`, method, body, headers)
}

async function request(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  // Events go on for as long as somebody listens.
  const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  if (isEndless) await response.body?.cancel()
  const text = isEndless ? '' : await response.text()
  let parsed: unknown = text
  try {
    parsed = text === '' ? undefined : JSON.parse(text)
  } catch {
    // Not every answer is JSON.
  }
  return { status: response.status, headers: response.headers, body: parsed }
}
