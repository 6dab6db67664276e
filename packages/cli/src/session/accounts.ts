import type { SessionReply } from '@cloudbox/protocol/auth'
import type { PlatformReply } from '@cloudbox/protocol/platform-replies'
import { failure } from '../failure.ts'
import { readJson, send } from '../http.ts'
import type { Session } from './session-store.ts'

/** Where the operators of a server sign in and out. */
export interface Accounts {
  ask<T>(method: string, path: string, body?: unknown, accessToken?: string): Promise<T>
}

/** @throws Failure `cli/not-set-up` while nobody owns the installation */
export async function findAccounts(url: string): Promise<Accounts> {
  const { isSetUp, accounts } = await readJson<PlatformReply>(
    await send({ method: 'GET', url: `${url}/v1/platform` }),
  )
  if (!isSetUp)
    throw failure(
      'not-set-up',
      `Nobody owns the CloudBox at ${url} yet.`,
      'Open the set-up link that the server prints when it starts.',
    )
  return {
    ask: async (method, path, body, accessToken) =>
      readJson(
        await send({
          method,
          url: `${url}${accounts.path}/v1/auth${path}`,
          headers: {
            apikey: accounts.publishableKey,
            ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
          },
          body,
        }),
      ),
  }
}

export function toSession({ accessToken, refreshToken, expiresInSeconds, user }: SessionReply): Session {
  return {
    email: user.email ?? user.id,
    accessToken,
    refreshToken,
    endsAtMs: Date.now() + expiresInSeconds * 1000,
  }
}
