import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { GoTo, SessionReply } from '@cloudbox/protocol/auth'
import type { Static } from 'typebox'
import type { Answer, TestServer } from '../../../../testing/start-test-server.ts'
import type { FakePerson } from '../fake/fake-person.ts'

export const appUrl = 'http://localhost:5173/signed-in'

export interface Pkce {
  readonly verifier: string
  readonly challenge: string
}

export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** A person with a browser, who signs in to an app of the test server. */
export function browserAt(server: TestServer) {
  const asApp = { apikey: server.publishableKey }
  const go = (url: string) => fetch(url, { redirect: 'manual' })
  const whereTo = async (url: string) => {
    const answer = await go(url)
    assert.equal(answer.status, 302, await answer.text())
    return new URL(answer.headers.get('location')!)
  }
  const authorizeUrl = (provider: string, query: Record<string, string>) =>
    `${server.environmentUrl}/v1/auth/authorize?${new URLSearchParams({ provider, redirectTo: appUrl, ...query })}`

  /** Chooses somebody on the page of a made-up provider; the address of the callback. */
  const choose = async (page: URL, person: FakePerson | null): Promise<string> => {
    const answer = await fetch(`${page.origin}${page.pathname}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: page.search.slice(1), person }),
    })
    const text = await answer.text()
    assert.equal(answer.status, 200, text)
    return (JSON.parse(text) as Static<typeof GoTo>).url
  }

  /** From the button to the app; the address at which the app is opened again. */
  const comeBack = async (provider: string, person: FakePerson | null, { challenge }: Pkce): Promise<URL> => {
    const page = await whereTo(authorizeUrl(provider, { codeChallenge: challenge }))
    return whereTo(await choose(page, person))
  }

  const exchange = (code: string | null, codeVerifier: string): Promise<Answer> =>
    server.request('POST', '/auth/exchange', { body: { code, codeVerifier }, headers: asApp })

  const signIn = async (provider: string, person: FakePerson): Promise<SessionReply> => {
    const pkce = newPkce()
    const app = await comeBack(provider, person, pkce)
    assert.equal(app.searchParams.get('error'), null, app.search)
    const { status, body } = await exchange(app.searchParams.get('code'), pkce.verifier)
    assert.equal(status, 200, JSON.stringify(body))
    return body as SessionReply
  }

  return {
    go,
    whereTo,
    authorizeUrl,
    choose,
    comeBack,
    exchange,
    signIn,
    asApp,
    asUser: ({ accessToken }: SessionReply) => ({ ...asApp, authorization: `Bearer ${accessToken}` }),
  }
}
