import {
  AuthOptions,
  AuthorizeQuery,
  GoTo,
  Identity,
  IdTokenRequest,
  LinkIdentityRequest,
  SessionReply,
  authProblems,
} from '@cloudbox/protocol/auth'
import { Type } from 'typebox'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Reply, type Route } from '../../../kernel/route.ts'
import { guardWaysIn } from '../factors/need-fresh-proof.ts'
import { signedIn } from '../flows/flow.ts'
import type { FlowOf, FlowRequest } from '../flows/flow-of.ts'
import { appRedirect, authorize } from './authorize.ts'
import { offeredProviders } from './find-way.ts'
import { finishSignIn, withProblem, type Finished } from './finish-sign-in.ts'
import { listIdentities, unlinkIdentity } from './identities.ts'
import { relyingPartyId } from '../passkeys/relying-party.ts'
import { noticePage } from './notice-page.ts'
import { signInWithIdToken } from './sign-in-with-id-token.ts'

const selfProblems = [authProblems['sign-in-needed'], authProblems['session-ended']]
const startProblems = [
  authProblems['unknown-provider'],
  authProblems['not-enabled'],
  authProblems['provider-unavailable'],
  authProblems['redirect-not-allowed'],
]

/** Signing in with identity providers. */
export function oauthRoutes(flowOf: FlowOf): Route[] {
  const comeBack = async (
    request: FlowRequest & { readonly params: { readonly provider: string } },
    brought: URLSearchParams,
  ): Promise<Reply> => {
    let finished: Finished
    try {
      finished = await finishSignIn(await flowOf(request, 'confirm'), request.params.provider, brought)
    } catch (error) {
      return problemPage(error)
    }
    return show(finished, request)
  }

  return [
    route(
      'GET /auth/options',
      {
        summary: 'The ways to sign in',
        description: 'What a sign-in page needs to know. Dev environments without any provider show some.',
        access: 'key',
        permission: 'accounts.use',
        reply: AuthOptions,
      },
      async request => {
        const flow = await flowOf(request)
        const { accounts } = flow
        const { signUp, password, magicLink, emailCode, phoneCode, anonymous, captcha } = accounts.settings
        const passkeys = accounts.settings.passkeys && relyingPartyId(accounts) !== ''
        const providers = offeredProviders(flow).map(({ id, name, color }) => ({ id, name, color }))
        const shown = captcha && { provider: captcha.provider, siteKey: captcha.siteKey }
        return {
          json: {
            signUp,
            password,
            magicLink,
            emailCode,
            phoneCode,
            anonymous,
            passkeys,
            providers,
            captcha: shown,
          },
        }
      },
    ),
    route(
      'GET /auth/authorize',
      {
        summary: 'Sign in with a provider',
        description:
          'A browser goes here and comes back to `redirectTo` with a one-time `code` for `POST /auth/exchange`, or with `error` and `error_description`.',
        access: 'anyone',
        query: AuthorizeQuery,
        problems: startProblems,
      },
      async request => {
        let redirectTo: string | undefined
        try {
          const flow = await flowOf(request, 'confirm')
          redirectTo = appRedirect(flow, request.query.redirectTo)
          const url = await authorize(flow, { ...request.query, purpose: 'sign-in', redirectTo })
          return goTo(url)
        } catch (error) {
          if (redirectTo !== undefined && error instanceof Problem)
            return goTo(withProblem(redirectTo, error))
          return problemPage(error)
        }
      },
    ),
    route(
      'GET /auth/callback/:provider',
      { summary: 'Where providers send the browser back', access: 'anyone', hidden: true },
      request => comeBack(request, new URLSearchParams(request.queryText)),
    ),
    route(
      'POST /auth/callback/:provider',
      { summary: 'The same for providers that send a form', access: 'anyone', form: true, hidden: true },
      request => comeBack(request, new URLSearchParams(request.body as Record<string, string>)),
    ),
    route(
      'POST /auth/id-token',
      {
        summary: 'Sign in with an ID token of a provider',
        description: 'For native apps: the token is meant for the clientId or one of nativeClientIds.',
        access: 'key',
        permission: 'accounts.use',
        body: IdTokenRequest,
        reply: SessionReply,
        problems: [
          authProblems['unknown-provider'],
          authProblems['id-token-invalid'],
          authProblems['account-exists'],
          authProblems['provider-unavailable'],
          authProblems['not-enabled'],
          authProblems.banned,
        ],
      },
      async request => ({ json: await signInWithIdToken(await flowOf(request, 'proof'), request.body) }),
    ),
    route(
      'GET /auth/identities',
      {
        summary: 'The providers the user signs in with',
        access: 'key',
        permission: 'accounts.use',
        reply: Type.Array(Identity),
        problems: selfProblems,
      },
      async request => {
        const { deps } = await flowOf(request)
        return { json: await listIdentities(deps.db, request.environment, signedIn(request.caller).userId) }
      },
    ),
    route(
      'POST /auth/identities/authorize',
      {
        summary: 'Link another provider to the user',
        description:
          'The browser goes to `url` and comes back to `redirectTo` with a `code`; exchanging it links the identity.',
        access: 'key',
        permission: 'accounts.use',
        body: LinkIdentityRequest,
        reply: GoTo,
        problems: [
          ...selfProblems,
          ...startProblems,
          authProblems['step-up-needed'],
          authProblems['not-as-somebody-else'],
        ],
      },
      async request => {
        const self = signedIn(request.caller)
        const { userId } = self
        const flow = await flowOf(request)
        await guardWaysIn(flow, flow.deps.db, self)
        const redirectTo = appRedirect(flow, request.body.redirectTo)
        return {
          json: { url: await authorize(flow, { ...request.body, purpose: 'link', redirectTo, userId }) },
        }
      },
    ),
    route(
      'DELETE /auth/identities/:id',
      {
        summary: 'Unlink a provider',
        description: 'Refused for the last way into the account.',
        access: 'key',
        permission: 'accounts.use',
        problems: [
          ...selfProblems,
          authProblems['identity-not-found'],
          authProblems['last-way-in'],
          authProblems['step-up-needed'],
          authProblems['not-as-somebody-else'],
        ],
      },
      async request => {
        await unlinkIdentity(await flowOf(request), signedIn(request.caller), request.params.id)
        return { status: 204 }
      },
    ),
    route(
      'POST /auth/providers/:id/test',
      {
        summary: 'Try a provider out',
        description:
          'Whoever opens `url` signs in there and is shown what the provider told and what is made of it, or what is wrong with the set-up. Nobody is signed in.',
        access: 'secret',
        permission: 'accounts.change',
        reply: GoTo,
        problems: startProblems,
      },
      async request => {
        const flow = await flowOf(request)
        const test = {
          provider: request.params.id,
          purpose: 'test',
          redirectTo: null,
          codeChallenge: null,
        } as const
        return { json: { url: await authorize(flow, test) } }
      },
    ),
  ]
}

function goTo(url: string): Reply {
  return {
    status: 302,
    headers: { location: url, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  }
}

function problemPage(error: unknown): Reply {
  if (!(error instanceof Problem)) throw error
  const { kind, message, hint } = error
  return noticePage({ status: kind.status, title: kind.title, text: message, hint })
}

function show(finished: Finished, { headers }: FlowRequest): Reply {
  if (finished.kind === 'redirect') return goTo(finished.url)
  const { provider, found } = finished
  const isProblem = found instanceof Problem
  const wantsJson = /\bapplication\/json\b/.test(String(headers['accept']))
  if (wantsJson && isProblem) throw found
  if (wantsJson) {
    const { profile, raw } = found as Exclude<typeof found, Problem>
    return { json: { provider: provider.id, profile, raw } }
  }
  if (isProblem) {
    const { kind, message, hint } = found
    return noticePage({ status: kind.status, title: kind.title, text: message, hint })
  }
  return noticePage({
    status: 200,
    title: `${provider.name} works`,
    text: 'Nobody was signed in: this was a test. This is what the provider told, and what an account would get of it.',
    details: { Profile: found.profile, [`What ${provider.name} answered`]: found.raw },
  })
}
