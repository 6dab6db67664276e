import { FakeChoice, GoTo, authProblems } from '@cloudbox/protocol/auth'
import { httpProblems } from '@cloudbox/protocol/http'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Environment } from '../../../../kernel/caller.ts'
import type { CheckKey } from '../../../../kernel/gate.ts'
import { Problem } from '../../../../kernel/problem.ts'
import { route, type Route } from '../../../../kernel/route.ts'
import { readStaticPage } from '../../../../kernel/static-page.ts'
import type { Flow } from '../../flows/flow.ts'
import { withQuery } from '../../flows/redirects.ts'
import { isLocalVisitor } from '../../mail/is-local-visitor.ts'
import { makeToken } from '../../one-time/one-time-token.ts'
import type { FlowOf } from '../../flows/flow-of.ts'
import { callbackOf } from '../authorize.ts'
import { findWay } from '../find-way.ts'
import { fakeClientId } from './fake-client.ts'
import type { FakeCode } from './fake-fetch.ts'

/** Who may choose is said in the handlers: the routes themselves know no such access. */
const access = 'anyone'
const hidden = true

/** The made-up providers of dev environments. */
export function fakeRoutes(flowOf: FlowOf, checkKey: CheckKey): Route[] {
  const page = readStaticPage(new URL('./page/', import.meta.url))
  return [
    route(
      'GET /auth/fake/:provider/authorize',
      { summary: 'A made-up provider asks who to be', access, hidden },
      async request => {
        checkDev(request.environment)
        const flow = await flowOf(request)
        const { provider } = fakeWay(flow, request.params.provider)
        const { project, name } = request.environment
        return page.html(`/${project}/${name}/v1/auth/fake-page`, {
          provider: provider.id,
          name: provider.name,
          color: provider.color,
          app: flow.accounts.settings.appName || project,
          environment: `${project}/${name}`,
          callback: callbackOf(flow, provider.id),
          local: isLocalVisitor({
            ...request,
            // Coming from an app's page is fine to look at this one. What counts is who chooses.
            headers: { ...request.headers, 'sec-fetch-site': undefined },
          })
            ? 'yes'
            : 'no',
        })
      },
    ),
    route(
      'GET /auth/fake-page/:version/:file',
      { summary: 'A file of the page', access, hidden },
      ({ params }) => {
        const file = page.file(params.version, params.file)
        if (file !== undefined) return file
        throw new Problem(httpProblems['not-found'], `The page has no file ${params.file}.`)
      },
    ),
    route(
      'POST /auth/fake/:provider/authorize',
      {
        summary: 'Sign in as somebody made up',
        description:
          'In dev environments only. From the computer the server runs on without a key, from elsewhere with the secret key.',
        access,
        hidden,
        body: FakeChoice,
        reply: GoTo,
      },
      async request => {
        checkDev(request.environment)
        if (!isLocalVisitor(request) && !hasSecretKey(checkKey, request))
          throw new Problem(platformProblems['secret-key-needed'], 'This page signs in as anybody.')
        return { json: { url: await choose(await flowOf(request), request.params.provider, request.body) } }
      },
    ),
  ]
}

async function choose(flow: Flow, providerId: string, { query, person }: FakeChoice): Promise<string> {
  const { provider } = fakeWay(flow, providerId)
  const asked = new URLSearchParams(query)
  const [redirectUri, codeChallenge] = [callbackOf(flow, provider.id), asked.get('code_challenge')]
  if (
    asked.get('client_id') !== fakeClientId ||
    asked.get('redirect_uri') !== redirectUri ||
    asked.get('code_challenge_method') !== 'S256' ||
    codeChallenge === null
  )
    throw new Problem(authProblems['state-invalid'], 'This page was not opened by a sign-in.')
  const state = asked.get('state') ?? ''
  if (person === null) return withQuery(redirectUri, { error: 'access_denied', state })
  const data: FakeCode = {
    provider: provider.id,
    person,
    redirectUri,
    codeChallenge,
    nonce: asked.get('nonce'),
  }
  const code = await makeToken(flow.deps.db, flow.accounts.environment, { purpose: 'fake-code', data })
  return withQuery(redirectUri, { code, state })
}

function fakeWay(flow: Flow, id: string) {
  const way = findWay(flow, id)
  if (way.isFake) return way
  throw new Problem(httpProblems['not-found'], `${way.provider.name} is set up: nobody stands in for it.`)
}

function hasSecretKey(
  checkKey: CheckKey,
  {
    environment,
    headers: { apikey },
  }: { environment: Environment; headers: Readonly<Record<string, unknown>> },
): boolean {
  if (typeof apikey !== 'string') return false
  return checkKey(environment, { apiKey: apikey, bearer: undefined }).kind === 'secret'
}

/** Where real people sign in there is nobody made up, not even for the secret key. */
function checkDev({ dev }: Environment): void {
  if (!dev) throw new Problem(httpProblems['not-found'], 'Only dev environments have made-up providers.')
}
