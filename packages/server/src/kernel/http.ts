import fastify, {
  type FastifyInstance,
  type FastifyListenOptions,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { randomBytes } from 'node:crypto'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { headers as named, httpProblems } from '@cloudbox/protocol/http'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Caller, Environment, Operator } from './caller.ts'
import type { Credentials, Gate } from './gate.ts'
import type { Log } from './log.ts'
import { Problem } from './problem.ts'
import { isNotModified } from './not-modified.ts'
import type { Observation, Operation } from './observation.ts'
import { RequestObserver } from './observe-requests.ts'
import { Observer } from './observer.ts'
import { toProblem } from './pg-problem.ts'
import { refuseRequest } from './refuse-request.ts'
import { requestReader } from './request-reader.ts'
import type { Reply, Route } from './route.ts'
import { Streams } from './streams.ts'
import type { TlsContexts } from './tls-contexts.ts'

export interface HttpOptions {
  readonly log: Log
  readonly gate: Gate
  readonly routes: readonly Route[]
  readonly bodyLimitBytes: number
  /** Longest time a request may take to arrive. */
  readonly requestTimeoutMs: number
  /** The module whose address a path would be, were it started. */
  readonly notStarted?: (path: string) => { readonly name: string } | undefined
  /** Certificates to show: it speaks HTTPS then, and nothing else. */
  readonly tls?: TlsContexts | undefined
  /** Addresses of proxies whose `X-Forwarded-For` is believed, with commas. */
  readonly trustedProxies?: string
  /** Hears of every request. */
  readonly observer?: Observer
}

/** The HTTP server. The only file that knows the HTTP library. */
export interface Http {
  readonly server: FastifyInstance['server']
  /** Listens and answers with the port taken; `reusePort` shares it with other processes that say the same. */
  listen(host: string, port: number, reusePort?: boolean): Promise<number>
  /** What a request for this path would be answered, without one. */
  answer(path: string): Promise<{ readonly status: number; readonly body: string }>
  stop(): Promise<void>
}

/** A year, which is what lists of such sites ask for; other names below the same domain are none of ours. */
const onlyHttps = 'max-age=31536000'

/** What only requests carry needs no exposing. */
const { apiKey: _apiKey, idempotencyKey: _idempotencyKey, ...answered } = named

/** Any app in any browser may call the API: it is guarded by keys and tokens, never by cookies. */
const crossOrigin = {
  'x-content-type-options': 'nosniff',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': `content-range, etag, location, preference-applied, retry-after, ratelimit, ratelimit-limit, ratelimit-remaining, ratelimit-reset, ${Object.values(answered).join(', ')}`,
}
const preflight = {
  ...crossOrigin,
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers':
    'authorization, apikey, content-type, prefer, if-match, if-none-match, idempotency-key, last-event-id, traceparent',
  'access-control-max-age': '86400',
}

export function createHttp({
  log,
  gate,
  routes,
  bodyLimitBytes,
  requestTimeoutMs,
  trustedProxies = '',
  notStarted = () => undefined,
  observer = new Observer(),
  tls,
}: HttpOptions): Http {
  const observed = new RequestObserver(observer)
  const times = {
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(10_000, requestTimeoutMs),
  }
  const server = fastify({
    bodyLimit: bodyLimitBytes,
    trustProxy: trustedProxies === '' ? false : trustedProxies,
    genReqId: requestIds(),
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    requestTimeout: requestTimeoutMs,
    http: times,
    ...(tls === undefined ? {} : { https: { ...times, SNICallback: tls.chooseContext } }),
    clientErrorHandler: refuseRequest,
    // A path that cannot be decoded answers like any other that leads nowhere.
    frameworkErrors: (_error, request, reply) => refuse(request, reply, notFound(request.url)),
  })

  const refuse = (request: FastifyRequest, reply: FastifyReply, problem: Problem) => {
    send(reply, request.id, problem)
    observed.refused(request, request.routeOptions.config.operation, problem)
    return reply
  }

  server.decorateRequest('observation', undefined)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  // Which endpoints take forms is theirs to say: see requestReader.
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  )
  server.addContentTypeParser('*', (_request, _body, done) =>
    done(new Problem(httpProblems['unsupported-media-type'], 'The body is not application/json.'), undefined),
  )
  server.setErrorHandler((error, request, reply) => {
    // Closing while the client still sends would reset the line, and the answer be lost with it: the rest is read
    // and thrown away, for as long as a request may take.
    reply.removeHeader('connection')
    return refuse(request, reply, explain(error, request, log))
  })
  server.setNotFoundHandler((request, reply) => {
    const module = notStarted(request.url)
    return refuse(request, reply, module === undefined ? notFound(request.url) : switchedOff(module.name))
  })
  server.options('*', (_request, reply) => reply.code(204).headers(preflight).send())

  const streams = new Streams(log)
  for (const route of routes) mount({ server, gate, streams, observed }, route)

  const sockets = new Set<Socket>()
  const hold = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  server.server.on('connection', hold)
  if (tls !== undefined) {
    tls.serve(server.server as HttpsServer)
    server.server.on('secureConnection', hold)
    server.server.prependListener('request', (_request, response) =>
      response.setHeader('strict-transport-security', onlyHttps),
    )
  }

  return {
    server: server.server,
    listen: async (host, port, reusePort = false) => {
      // The library hands its options on to Node, but its types do not know this one.
      const options: FastifyListenOptions & { reusePort: boolean } = { host, port, backlog: 4096, reusePort }
      await server.listen(options)
      return (server.server.address() as AddressInfo).port
    },
    answer: async path => {
      const { statusCode, body } = await server.inject(path)
      return { status: statusCode, body }
    },
    stop: async () => {
      const closed = server.close()
      streams.cut()
      // Browsers open connections for later: the end would wait a minute for what they never ask.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      await closed
    },
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    observation: Observation | undefined
  }
  interface FastifyContextConfig {
    operation?: Operation
  }
}

/** Where a scope's paths begin. */
const bases = { environment: '/:$project/:$environment/v1', platform: '/v1', root: '' } as const

interface Mounting {
  readonly server: FastifyInstance
  readonly gate: Gate
  readonly streams: Streams
  readonly observed: RequestObserver
}

function mount({ server, gate, streams, observed }: Mounting, route: Route): void {
  const { scope = 'environment', access, permission } = route.contract
  const needed = permission === 'signed-in' ? undefined : permission
  const read = requestReader(route.contract)
  const url = `${bases[scope]}${route.path}`
  const operation = observed.operation(route.method, route.path)

  const handle = async (request: FastifyRequest, reply: FastifyReply) => {
    const { observation } = request
    let environment: Environment | undefined
    let caller: Caller | Operator | undefined
    let credentials: Credentials | undefined
    if (access === 'operator') {
      const { bearer } = credentialsOf(request)
      const params = request.params as Record<string, string>
      caller = await gate.admitOperator(bearer, permission!, params, route.method)
      observation?.asks(caller)
    } else if (scope === 'environment') {
      environment = findEnvironment(gate, request.params as Record<string, string>)
      if (observation !== undefined) observation.environment = environment
      if (access !== 'anyone') {
        credentials = credentialsOf(request, route.contract.keyInQuery)
        const identified = gate.identify(environment, credentials, needed)
        const found = identified instanceof Promise ? await identified : identified
        caller = found
        if (observation !== undefined) {
          observation.asks(found)
          observation.key = gate.keyOf(credentials)
        }
        if (access === 'secret' && found.kind !== 'secret') {
          throw new Problem(
            platformProblems['secret-key-needed'],
            `${route.method} ${route.path} needs the secret key.`,
          )
        }
      }
    }
    const answer = await route.handle({
      ...read(request.url, request.body),
      params: request.params as never,
      headers: request.headers,
      environment: environment as never,
      caller: caller as never,
      credentials: credentials as never,
      ip: request.ip,
      id: request.id,
      origin: originOf(request),
    })
    if (answer.takeOver !== undefined && request.method !== 'HEAD') {
      handOver(reply, request.id, answer, answer.takeOver)
      observed.answered(request, reply)
      return reply
    }
    write(request, reply, answer, streams)
    if (answer.stream === undefined) observed.answered(request, reply, answer.headers?.[named.commit])
    else observed.streams(request, reply)
    return reply
  }

  server.route({
    method: route.method,
    url,
    config: { operation },
    handler: (request, reply) => observed.handle(request, operation, () => handle(request, reply)),
  })
}

function findEnvironment(gate: Gate, params: Record<string, string>): Environment {
  const { $project = '', $environment = '' } = params
  const environment = gate.findEnvironment($project, $environment)
  if (environment !== undefined) return environment
  throw new Problem(
    platformProblems['unknown-environment'],
    `There is no environment ${$project}/${$environment} here.`,
  )
}

function credentialsOf(request: FastifyRequest, keyInQuery = false): Credentials {
  const { authorization } = request.headers
  const apikey =
    request.headers.apikey ?? (keyInQuery ? (request.query as { apikey?: unknown }).apikey : undefined)
  return {
    apiKey: typeof apikey === 'string' ? apikey : undefined,
    bearer: authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined,
  }
}

function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}

function write(request: FastifyRequest, reply: FastifyReply, answer: Reply, streams: Streams) {
  reply.code(answer.status ?? 200).headers({ ...crossOrigin, [named.requestId]: request.id })
  if (answer.headers !== undefined) reply.headers(answer.headers)
  const ifNoneMatch = request.headers['if-none-match']
  if (ifNoneMatch !== undefined && isReading(request) && isNotModified(ifNoneMatch, answer.headers?.etag))
    return reply.code(304).send()
  if (answer.stream !== undefined) return reply.send(streams.open(answer.stream, request))
  if (answer.jsonText !== undefined) return json(reply, answer.jsonText)
  if (answer.json !== undefined) return json(reply, JSON.stringify(answer.json))
  return reply.send(answer.body)
}

function handOver(
  reply: FastifyReply,
  requestId: string,
  { status = 200, headers }: Reply,
  takeOver: NonNullable<Reply['takeOver']>,
) {
  reply.hijack()
  reply.raw.writeHead(status, { ...crossOrigin, [named.requestId]: requestId, ...headers })
  reply.raw.flushHeaders()
  takeOver(reply.raw)
  return reply
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

function json(reply: FastifyReply, text: string) {
  return reply.header('content-type', 'application/json; charset=utf-8').send(text)
}

function send(reply: FastifyReply, requestId: string, problem: Problem) {
  return reply
    .code(problem.kind.status)
    .headers({
      ...crossOrigin,
      ...problem.headers,
      [named.requestId]: requestId,
      'content-type': 'application/problem+json',
    })
    .send(JSON.stringify(problem.toBody(requestId)))
}

/** Turns whatever was thrown into a problem; what nobody meant to throw is a bug: logged, and answered without detail. */
function explain(error: unknown, request: FastifyRequest, log: Log): Problem {
  if (error instanceof Problem) return error
  const { code } = error as { code?: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Problem(httpProblems['body-too-large'], 'The body is too large.')
  if (code?.startsWith('FST_ERR_CTP_'))
    return new Problem(httpProblems['bad-json'], 'The body could not be read.')
  const known = toProblem(error)
  if (known !== undefined) {
    if (known.kind.status >= 500)
      log.warn('http.unavailable', { requestId: request.id, code: known.code, error })
    return known
  }
  log.error('http.bug', {
    requestId: request.id,
    method: request.method,
    path: request.url.split('?')[0],
    error,
  })
  return new Problem(
    httpProblems.internal,
    `Something went wrong. The log has it under request id ${request.id}.`,
  )
}

function notFound(url: string): Problem {
  return new Problem(httpProblems['not-found'], `Nothing answers at ${url.split('?')[0]}.`, {
    hint: 'Addresses look like /{project}/{environment}/v1/data/{collection}.',
  })
}

function switchedOff(module: string): Problem {
  return new Problem(
    httpProblems['module-not-started'],
    `The module ${module} is not started on this server.`,
    { hint: `Add ${module} to --only (CLOUDBOX_ONLY), or start the server without it.` },
  )
}

/** Short ids: a random start for this process, then a counter. */
function requestIds(): () => string {
  const start = randomBytes(4).toString('hex')
  let count = 0
  return () => `${start}-${(count++).toString(36)}`
}
