import type { ServerResponse } from 'node:http'
import type { Static, TSchema } from 'typebox'
import type { CodedProblem } from '@cloudbox/protocol/problem'
import type { Permission } from '@cloudbox/protocol/permissions'
import type { Caller, Environment, Operator } from './caller.ts'
import type { Credentials } from './gate.ts'

type PathParams<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathParams<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

/**
 * Who may call an endpoint.
 * - `anyone`: no key needed; there is no caller.
 * - `key`: a key of the environment; policies decide about the rest.
 * - `secret`: the secret key of the environment, or an operator.
 * - `operator`: a person who runs the installation; below `/v1/platform`.
 */
export type Access = 'anyone' | 'key' | 'secret' | 'operator'

/** What an endpoint accepts and answers. OpenAPI is written from it. */
export interface Contract {
  /** One sentence for the manual. */
  readonly summary: string
  /** More for the manual, in markdown. */
  readonly description?: string
  readonly access: Access
  /**
   * What operators and keys with a scope need for it; without one only keys without a scope may. `signed-in`: every operator,
   * whatever his roles.
   */
  readonly permission?: Permission | 'signed-in'
  /** The key may also come as `?apikey=`, from clients that cannot set headers. */
  readonly keyInQuery?: boolean
  /** `environment` (default): under `/{project}/{environment}/v1`. `platform`: under `/v1`. `root`: as written. */
  readonly scope?: 'environment' | 'platform' | 'root'
  readonly query?: TSchema
  readonly body?: TSchema
  /** The body is a form, `application/x-www-form-urlencoded`: texts by their names. JSON is not taken then. */
  readonly form?: boolean
  /** The body reaches the handler as the text that was sent, for it is signed as such. It is still to be called JSON. */
  readonly bodyText?: boolean
  readonly reply?: TSchema
  /** Problems it answers besides those every endpoint can. */
  readonly problems?: readonly CodedProblem[]
  /** Leave it out of the manual. */
  readonly hidden?: boolean
}

/** A request as a handler sees it: checked, and its caller known. */
export interface RouteRequest<Path extends string, C extends Contract> {
  readonly params: { readonly [Name in PathParams<Path>]: string }
  /** Checked against `query` when the contract has one, else every parameter as it came. */
  readonly query: C['query'] extends TSchema
    ? Static<C['query']>
    : Readonly<Record<string, string | string[]>>
  /** The query text as it came, without `?`; for dialects that repeat names and keep order. */
  readonly queryText: string
  readonly body: C['bodyText'] extends true ? string : C['body'] extends TSchema ? Static<C['body']> : unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly environment: C['scope'] extends 'platform' | 'root' ? undefined : Environment
  readonly caller: C['access'] extends 'anyone'
    ? undefined
    : C['access'] extends 'operator'
      ? Operator
      : Caller
  /** What the request shows of itself; of an endpoint that asks for a key. */
  readonly credentials: C['access'] extends 'key' | 'secret' ? Credentials : undefined
  /** The caller's network address. */
  readonly ip: string
  readonly id: string
  /** Where the caller reaches this server, e.g. `http://localhost:8090`. */
  readonly origin: string
}

/** What a handler answers. */
export interface Reply {
  /** 200 unless told. */
  readonly status?: number
  /** An `etag` among them turns into 304 for the `If-None-Match` that names it. */
  readonly headers?: Readonly<Record<string, string>>
  /** A value to write as JSON. */
  readonly json?: unknown
  /** JSON text made elsewhere (by Postgres), sent as it is. */
  readonly jsonText?: string
  /** Any other body, with its content-type among the headers. */
  readonly body?: string | Buffer
  /**
   * Answers for as long as it likes: it gets the response when status and headers have been sent, and has to end it.
   * The client may be gone already.
   */
  readonly takeOver?: (response: ServerResponse) => void
  /**
   * A body that comes in pieces, with its content-type among the headers: the next is asked for when the caller has room
   * for it, `return` is called when the caller has gone. When it throws, the connection is cut, so that nobody takes a part
   * for the whole.
   */
  readonly stream?: AsyncIterable<string | Buffer>
}

/** An endpoint as data. */
export interface Route {
  readonly method: string
  /** Path below the scope's base, e.g. `/data/:collection`. */
  readonly path: string
  readonly contract: Contract
  handle(request: RouteRequest<string, Contract>): Promise<Reply> | Reply
}

/**
 * Declares one endpoint: what it accepts, who may call it, what it answers.
 *
 * @example
 * route('GET /data/:collection', { summary: 'List documents', access: 'key' }, ({ params }) => list(params.collection))
 */
export function route<const On extends string, const C extends Contract>(
  on: On,
  contract: C,
  handle: (request: RouteRequest<On, C>) => Promise<Reply> | Reply,
): Route {
  const [method, path] = on.split(' ')
  // The handler is only ever called by http.ts with a request checked against this very contract.
  return { method: method!, path: path!, contract, handle: handle as unknown as Route['handle'] }
}
