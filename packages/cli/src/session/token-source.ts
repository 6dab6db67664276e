import type { SessionReply } from '@cloudbox/protocol/auth'
import { Failure, failure } from '../failure.ts'
import { findAccounts, toSession } from './accounts.ts'
import type { Session, SessionStore } from './session-store.ts'

/** Gives the token that requests show. */
export interface TokenSource {
  /** @throws Failure `cli/not-signed-in` */
  token(): Promise<string>
  /** Another one, for one that the server calls ended. */
  renew(ended: string): Promise<string>
}

/** So much earlier than it ends a token is renewed: a request takes its time. */
const marginMs = 30_000

/** What a session ends with: there is nothing left to renew. */
const endings = new Set([
  'auth/session-ended',
  'auth/refresh-token-invalid',
  'auth/refresh-token-reused',
  'auth/banned',
])

export function tokenSource(
  store: SessionStore,
  url: string,
  { CLOUDBOX_TOKEN }: Readonly<Record<string, string | undefined>>,
): TokenSource {
  if (CLOUDBOX_TOKEN !== undefined && CLOUDBOX_TOKEN !== '')
    return {
      token: async () => CLOUDBOX_TOKEN,
      renew: async () => {
        throw failure('not-signed-in', 'The token in CLOUDBOX_TOKEN has ended.', 'Set a new one.')
      },
    }
  const renew = async (ended: string) => {
    let lost: Failure | undefined
    const session = await store.replace(url, async known => {
      if (known === undefined) return undefined
      // Another command was faster.
      if (known.accessToken !== ended && isGood(known)) return known
      try {
        return await refresh(url, known)
      } catch (error) {
        if (!(error instanceof Failure && endings.has(error.body.code))) throw error
        lost = error
        return undefined
      }
    })
    if (session !== undefined) return session.accessToken
    throw lost === undefined
      ? notSignedIn(url)
      : failure('not-signed-in', lost.body.detail, `Sign in again: cloudbox login ${url}`)
  }
  return {
    renew,
    async token() {
      const session = (await store.read()).byServer[url]
      if (session === undefined) throw notSignedIn(url)
      return isGood(session) ? session.accessToken : renew(session.accessToken)
    },
  }
}

function notSignedIn(url: string): Failure {
  return failure(
    'not-signed-in',
    `You are not signed in to ${url}.`,
    `Run "cloudbox login ${url}"; machines set CLOUDBOX_TOKEN, or CLOUDBOX_EMAIL and CLOUDBOX_PASSWORD for it.`,
  )
}

function isGood({ endsAtMs }: Session): boolean {
  return endsAtMs - marginMs > Date.now()
}

async function refresh(url: string, { refreshToken }: Session): Promise<Session> {
  const accounts = await findAccounts(url)
  return toSession(await accounts.ask<SessionReply>('POST', '/refresh', { refreshToken }))
}
