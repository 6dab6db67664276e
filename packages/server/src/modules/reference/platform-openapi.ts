import type { Route } from '../../kernel/route.ts'
import type { Json } from './described.ts'
import { answerHeaders } from './document-operation.ts'
import { plainOperation, templatePath } from './plain-operation.ts'
import { problemSchema, ProblemResponses, problemsOf } from './problem-responses.ts'

/**
 * The management API as an OpenAPI 3.1 document: the same for everybody, for what somebody may depends on the place.
 * @param origin where the server is reached, e.g. `http://localhost:8090`
 */
export function platformOpenApi(routes: readonly Route[], origin: string): Json {
  const told = routes.filter(({ contract }) => contract.scope === 'platform' && contract.hidden !== true)
  const problems = new ProblemResponses()
  const paths: Record<string, Json> = {}
  const tags = new Set<string>()
  for (const route of told) {
    const tag = tagOf(route.path, told)
    const path = templatePath(route.path)
    const operation = { ...plainOperation(route, origin, problems.of(problemsOf(route))), tags: [tag] }
    tags.add(tag)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'CloudBox management API',
      version: 'v1',
      summary: 'Organisations, members and roles, projects, environments, keys, configuration and the audit.',
      description: introduction,
    },
    servers: [{ url: `${origin}/v1` }],
    security: [{ operatorToken: [] }],
    tags: [...tags].map(name => ({ name })),
    paths,
    components: {
      securitySchemes: {
        operatorToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The access token of an operator, from `POST /_platform/production/v1/auth/sign-in`.',
        },
      },
      schemas: { 'cloudbox-problem': problemSchema },
      headers: answerHeaders,
      responses: problems.responses,
      examples: problems.examples,
    },
  }
}

const introduction = `What operators do with this installation.

Operators are users of the environment \`_platform/production\`: sign in there with its publishable key (both from \`GET /v1/platform\`), and send the access token as \`Authorization: Bearer …\`. The same token, without a key, opens every environment you have a role in.

Each operation names the permission it needs; your roles say where you have it. What you may not see is answered like what is not there.

A creation (\`POST\`) with the header \`Idempotency-Key\` happens once: the same request again within a day gets the same answer. Removing what is gone already is no mistake.

Every error is \`application/problem+json\` (RFC 9457) with a stable \`code\` and a \`hint\` of what to do.`

/** What an endpoint is about: `members` of `/platform/organisations/:organisation/members/:member`. */
function tagOf(path: string, routes: readonly Pick<Route, 'method' | 'path'>[]): string {
  const parts = path.split('/').slice(2)
  // Behind the place, if something can be listed there; the place itself otherwise.
  const place = parts.findLastIndex(part => /^:(organisation|project|environment)$/.test(part))
  const noun = parts[place + 1]
  const listed = `/platform/${parts.slice(0, place + 2).join('/')}`
  const isListed = routes.some(route => route.method === 'GET' && route.path === listed)
  if (noun !== undefined && (isListed || (place < 0 && parts.length > 1))) return noun
  return parts[place - 1] ?? 'operators'
}
