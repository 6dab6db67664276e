import { authProblems, TestToken, TestTokenRequest } from '@cloudbox/protocol/auth'
import { AuthSettings, AuthSettingsChange } from '@cloudbox/protocol/auth-settings'
import { Type } from 'typebox'
import { route, type Route } from '../../../kernel/route.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { AuthorOf } from '../../platform/module.ts'
import type { AllAccounts } from '../accounts.ts'
import { jwksCacheSeconds, rotateKeys } from '../keys/key-ring.ts'
import { changeSettings, showSettings } from '../settings/settings.ts'
import { signTestToken } from '../tokens/sql-token.ts'

interface SettingsRoutes {
  readonly db: Database
  readonly vault: Vault
  readonly all: AllAccounts
  readonly authorOf: AuthorOf
  /** Every process reads the accounts of this environment anew. */
  forgetEverywhere(environmentId: string): Promise<void>
}

/** Settings and keys of an environment's accounts. */
export function settingsRoutes({ db, vault, all, authorOf, forgetEverywhere }: SettingsRoutes): Route[] {
  return [
    route(
      'GET /auth/settings',
      {
        summary: 'The settings of accounts',
        description: 'Secrets are shown as •••.',
        access: 'secret',
        permission: 'accounts.read',
        reply: AuthSettings,
      },
      async ({ environment }) => ({ json: showSettings((await all.of(environment)).settings) }),
    ),
    route(
      'PATCH /auth/settings',
      {
        summary: 'Change settings of accounts',
        description: 'Changes those that are named. All requests that follow obey.',
        access: 'secret',
        permission: 'accounts.change',
        body: AuthSettingsChange,
        reply: AuthSettings,
        problems: [authProblems['invalid-settings']],
      },
      async request => {
        const { environment, body } = request
        const settings = await changeSettings({ db, vault, author: authorOf(request) }, environment, body)
        await forgetEverywhere(environment.id)
        return { json: showSettings(settings) }
      },
    ),
    route(
      'POST /auth/keys/rotate',
      {
        summary: 'Sign with the next key from now on',
        description: 'Tokens of the key before stay good until their end.',
        access: 'secret',
        permission: 'accounts.change',
      },
      async request => {
        const { environment } = request
        const { settings } = await all.of(environment)
        const { signingAlgorithm: algorithm, accessTokenSeconds: tokenSeconds } = settings
        const deps = { db, vault, author: authorOf(request) }
        await rotateKeys(deps, environment, { algorithm, tokenSeconds })
        await forgetEverywhere(environment.id)
        return { status: 204 }
      },
    ),
    route(
      'GET /auth/.well-known/jwks.json',
      {
        summary: 'The keys that verify access tokens',
        access: 'anyone',
        reply: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }),
      },
      async ({ environment }) => ({
        headers: { 'cache-control': `public, max-age=${jwksCacheSeconds}` },
        json: (await all.of(environment)).keys.jwks,
      }),
    ),
    route(
      'POST /auth/test-token',
      {
        summary: 'Sign a token of a simulated end user',
        description:
          'For tests and first steps: policies see `uid` as `auth.uid` and every claim as `auth.<claim>`.',
        access: 'secret',
        permission: 'users.change',
        body: TestTokenRequest,
        reply: TestToken,
      },
      async request => {
        const { environment, body } = request
        const { uid, claims } = body
        const signed = signTestToken(await all.of(environment), body)
        const after = { claims, expiresAt: signed.expiresAt }
        await db.transaction(tx =>
          authorOf(request).record(tx, { action: 'test-token.issued', subject: uid, after }),
        )
        return { json: signed }
      },
    ),
  ]
}
