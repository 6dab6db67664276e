import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { httpProblems } from '@cloudbox/protocol/http'
import { StartProblem } from '../kernel/postgres/start-problem.ts'
import { Problem } from '../kernel/problem.ts'
import type { Challenges } from './acme-client.ts'

export interface PlainHttpOptions {
  readonly host: string
  readonly port: number
  /** Names whose addresses lead on to HTTPS; any when there is none. */
  readonly domains: readonly string[]
  /** Where HTTPS is; left out of addresses when it is 443. */
  readonly httpsPort: () => number
  /** Why HTTPS cannot be used yet; undefined as soon as it can. */
  readonly missing: () => string | undefined
  /** Answers `/health` and `/ready`, which whatever watches the machine asks without TLS. */
  readonly look: (path: string) => Promise<{ readonly status: number; readonly body: string }>
}

/** The port of plain HTTP beside one with TLS. */
export interface PlainHttp extends Challenges {
  readonly port: number
  stop(): Promise<void>
}

const challengePath = '/.well-known/acme-challenge/'

/**
 * Answers the CA, and leads everybody else to HTTPS; nothing is served here.
 * @throws StartProblem
 */
export async function servePlainHttp(options: PlainHttpOptions): Promise<PlainHttp> {
  const shown = new Map<string, string>()
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    // Bodies are not for here: the connection ends with the answer.
    response.setHeader('connection', 'close')
    void answer(options, shown, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(listenProblem(error, options.port)))
    server.listen({ host: options.host, port: options.port }, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    show: (token, text) => {
      shown.set(token, text)
      return () => void shown.delete(token)
    },
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  { domains, httpsPort, missing, look }: PlainHttpOptions,
  shown: ReadonlyMap<string, string>,
  { url = '/', headers, method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (url.startsWith(challengePath)) {
    const text = shown.get(url.slice(challengePath.length))
    if (text !== undefined) return send(response, 200, 'text/plain', text)
    return refuse(response, new Problem(httpProblems['not-found'], 'Nobody waits for this challenge.'))
  }
  if (url === '/health' || url === '/ready') {
    const { status, body } = await look(url)
    return send(response, status, 'application/json', body)
  }
  const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  const isOurs = domains.length === 0 ? /^[\w.-]+$|^\[[\da-f:]+\]$/.test(name) : domains.includes(name)
  if (!isOurs)
    return refuse(response, new Problem(httpProblems['not-found'], 'Nothing answers under this name.'))
  const reason = missing()
  if (reason !== undefined) return refuse(response, new Problem(httpProblems.unavailable, reason))
  const port = httpsPort() === 443 ? '' : `:${httpsPort()}`
  // Whoever sent something has sent it unencrypted already, key and all: following would hide that.
  if (method !== 'GET' && method !== 'HEAD')
    return refuse(response, new Problem(httpProblems['tls-needed'], `Send this to https://${name}${port}.`))
  response.setHeader('location', `https://${name}${port}${url}`)
  send(response, 308, 'text/plain', '')
}

function refuse(response: ServerResponse, problem: Problem): void {
  send(response, problem.kind.status, 'application/problem+json', JSON.stringify(problem.toBody()))
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
}

function listenProblem(error: Error, port: number): Error {
  const { code } = error as { code?: string }
  if (code === 'EADDRINUSE')
    return new StartProblem(
      'server/http-port-taken',
      `Port ${port} is taken by another program.`,
      'Certificates need port 80: end what listens there. With certificates of your own, --http-port -1 does without.',
    )
  return error
}
