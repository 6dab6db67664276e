import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, TestServer } from './start-test-server.ts'

/** Who asks: with the secret key, with the publishable key alone, as a simulated user, or with no key at all. */
export type As =
  'secret' | 'anonymous' | 'no key' | { readonly uid: string; readonly claims?: Record<string, unknown> }

/** One row of a table of HTTP tests. */
export interface Scenario {
  readonly as: As
  /** `GET /data/todos?done=is.true`, below the environment's `/v1`. */
  readonly request: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly expect: Expectation
}

export interface Expectation {
  readonly status: number
  /** Of a problem. */
  readonly code?: string
  /** Places of a problem's `errors`, all of them and in order. */
  readonly at?: readonly string[]
  /** Parts of the problem's hint or of the hint of one of its errors. */
  readonly hint?: RegExp
  /** The whole body. */
  readonly body?: unknown
  /** The values of one field over the answered documents, in order. */
  readonly pluck?: readonly [field: string, values: readonly unknown[]]
  /** Headers; null means absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>
}

/** Asks as somebody. */
export async function ask(
  server: TestServer,
  { as, request, body, headers }: Omit<Scenario, 'expect'>,
): Promise<Answer> {
  const [method = '', ...path] = request.split(' ')
  return server.request(method, path.join(' '), {
    body,
    headers: { ...(await credentials(server, as)), ...headers },
  })
}

async function credentials(server: TestServer, as: As): Promise<Record<string, string>> {
  if (as === 'secret') return { apikey: server.secretKey }
  if (as === 'no key') return {}
  const apikey = server.publishableKey
  if (as === 'anonymous') return { apikey }
  return { apikey, authorization: `Bearer ${await server.token(as.uid, as.claims)}` }
}

/** Declares one test of a table; `find` gives the server of the file once it runs. */
export function scenario(title: string, find: () => TestServer, one: Scenario): void {
  test(title, async () => {
    const answer = await ask(find(), one)
    check(answer, one.expect)
  })
}

function check(answer: Answer, expected: Expectation): void {
  const problem = answer.body as { code?: string; hint?: string; errors?: { at: string; hint?: string }[] }
  const shown = JSON.stringify(answer.body)
  assert.equal(answer.status, expected.status, shown)
  if (expected.code !== undefined) assert.equal(problem.code, expected.code, shown)
  if (expected.at !== undefined)
    assert.deepEqual(
      problem.errors?.map(({ at }) => at),
      expected.at,
      shown,
    )
  if (expected.hint !== undefined)
    assert.match([problem.hint, ...(problem.errors ?? []).map(error => error.hint)].join('\n'), expected.hint)
  if ('body' in expected) assert.deepEqual(answer.body, expected.body)
  if (expected.pluck !== undefined) {
    const [field, values] = expected.pluck
    assert.ok(Array.isArray(answer.body), shown)
    const found = answer.body.map((document: Record<string, unknown>) => document[field])
    assert.deepEqual(found, values)
  }
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const found = answer.headers.get(name)
    if (value instanceof RegExp) assert.match(found ?? '', value)
    else assert.equal(found, value, name)
  }
}
