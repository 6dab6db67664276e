import { authProblems } from '@cloudbox/protocol/auth'
import { httpProblems } from '@cloudbox/protocol/http'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { CodedProblem } from '@cloudbox/protocol/problem'
import type { Access, Route } from '../../kernel/route.ts'
import type { Json } from './described.ts'

/** Methods whose requests have a body, also when the contract leaves its shape to the handler. */
const withBody = ['POST', 'PUT', 'PATCH']

const token = [authProblems['token-invalid'], authProblems['token-expired']]
const key = [
  platformProblems['key-missing'],
  platformProblems['key-invalid'],
  platformProblems['key-expired'],
]

/** What can be wrong with what a request shows of who sends it. */
const shown: Readonly<Record<Access, readonly CodedProblem[]>> = {
  anyone: [],
  key: [...key, ...token],
  secret: [...key, ...token, platformProblems['secret-key-needed']],
  operator: [platformProblems['operator-needed'], ...token, authProblems['step-up-needed']],
}

/** Everything an operation can answer besides success: what its contract says, and what the edge says for it. */
export function problemsOf({ method, contract }: Pick<Route, 'method' | 'contract'>): CodedProblem[] {
  const { access, permission, scope = 'environment', body, query, problems = [] } = contract
  const all = [
    ...problems,
    ...(scope === 'environment' ? [platformProblems['unknown-environment']] : []),
    ...shown[access],
    ...(access === 'anyone' || permission === 'signed-in' ? [] : [platformProblems['not-allowed']]),
    ...(access === 'operator' && permission !== 'signed-in' ? [platformProblems['not-found']] : []),
    ...(body === undefined && !withBody.includes(method)
      ? []
      : [httpProblems['bad-json'], httpProblems['body-too-large'], httpProblems['unsupported-media-type']]),
    ...(body === undefined && query === undefined ? [] : [httpProblems['invalid-request']]),
    httpProblems.internal,
    httpProblems.unavailable,
    httpProblems.timeout,
  ]
  return [...new Map(all.map(problem => [problem.code, problem])).values()]
}

/** Collects the problem answers of many operations: each set that occurs is written down once. */
export class ProblemResponses {
  readonly responses: Record<string, Json> = {}
  readonly examples: Record<string, Json> = {}
  readonly #names = new Map<string, string>()

  /** The `responses` of one operation that are problems, by status. */
  of(problems: readonly CodedProblem[]): Record<string, Json> {
    const byStatus = Map.groupBy(problems, problem => problem.status)
    return Object.fromEntries(
      [...byStatus].toSorted(([a], [b]) => a - b).map(([status, same]) => [status, this.#one(status, same)]),
    )
  }

  #one(status: number, problems: readonly CodedProblem[]): Json {
    const sorted = problems.toSorted((a, b) => (a.code < b.code ? -1 : 1))
    const set = sorted.map(problem => problem.code).join(' ')
    let name = this.#names.get(set)
    if (name === undefined) {
      const twins = Object.keys(this.responses).filter(other => other.startsWith(`problem-${status}`)).length
      name = twins === 0 ? `problem-${status}` : `problem-${status}-${twins + 1}`
      this.#names.set(set, name)
      this.responses[name] = this.#response(sorted)
    }
    return { $ref: `#/components/responses/${name}` }
  }

  #response(problems: readonly CodedProblem[]): Json {
    const examples = problems.map(problem => {
      const name = problem.code.replace('/', '.')
      this.examples[name] ??= { summary: problem.title, value: exampleOf(problem) }
      return [problem.code, { $ref: `#/components/examples/${name}` }]
    })
    return {
      description: problems.map(({ code, title }) => `\`${code}\`: ${title}`).join('\n\n'),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/cloudbox-problem' },
          examples: Object.fromEntries(examples),
        },
      },
    }
  }
}

function exampleOf({ code, status, title, hint }: CodedProblem): Json {
  return {
    type: `https://cloudbox.dev/errors#${code}`,
    title,
    status,
    code,
    detail: `${title}.`,
    ...(hint === undefined ? {} : { hint }),
    requestId: '5f3a9c10-2k',
  }
}

/** RFC 9457, as every problem is answered. */
export const problemSchema: Json = {
  type: 'object',
  description: 'A problem (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri', description: "The manual's entry for this code." },
    title: { type: 'string', description: 'The same for every occurrence.' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    code: { type: 'string', description: 'Stable: programs decide by it.' },
    detail: { type: 'string', description: 'What happened this time.' },
    hint: { type: 'string', description: 'What to do now.' },
    errors: {
      type: 'array',
      description: 'Every mistake, with its place.',
      items: {
        type: 'object',
        properties: {
          at: {
            type: 'string',
            description:
              'A JSON pointer into the body, a query parameter (`?order`) or a range of it (`?where[4:9]`).',
          },
          message: { type: 'string' },
          hint: { type: 'string' },
        },
        required: ['at', 'message'],
      },
    },
    requestId: { type: 'string', description: "Names the request in the server's log." },
  },
  required: ['type', 'title', 'status', 'code', 'detail'],
}
