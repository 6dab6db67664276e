import proxyAddress from '@fastify/proxy-addr'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Gate } from './gate.ts'
import type { Log } from './log.ts'
import { Problem } from './problem.ts'
import type { SocketRoute } from './socket-route.ts'

export interface SocketOptions {
  readonly log: Log
  readonly gate: Gate
  readonly routes: readonly SocketRoute[]
  /** Largest message a client may send. */
  readonly maxMessageBytes: number
  /** Addresses of proxies whose `X-Forwarded-For` is believed, with commas. */
  readonly trustedProxies?: string
}

/** All WebSockets of a server, for its end. */
export interface AcceptedSockets {
  /** From now on none is opened. */
  refuseNew(): void
  /** Ends those that are left, after a moment for those that are closing. */
  end(): Promise<void>
}

const goodbyeMs = 300

/**
 * Opens WebSockets. One that is refused is opened and closed at once with code 4000 + the HTTP status, so that
 * a browser, which never sees the answer of a failed handshake, learns the reason: the problem's code.
 */
export function acceptSockets(
  server: Server,
  { log, gate, routes, maxMessageBytes, trustedProxies = '' }: SocketOptions,
): AcceptedSockets {
  const isTrusted = proxyAddress.compile(
    trustedProxies === '' ? [] : trustedProxies.split(',').map(one => one.trim()),
  )
  const accept = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  })
  // Several processes name connections, and an id may be asked for in any of them.
  const start = randomBytes(4).toString('hex')
  let count = 0

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', () => stream.destroy())
    const url = URL.parse(`http://localhost${request.url}`) ?? new URL('http://localhost')
    const [, project = '', name = '', version, ...rest] = url.pathname.split('/')
    const environment = gate.findEnvironment(project, name)
    const route = version === 'v1' ? routes.find(({ path }) => path === `/${rest.join('/')}`) : undefined
    // There is no such endpoint: no WebSocket was ever promised here.
    if (route === undefined) {
      stream.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
      return
    }
    accept.handleUpgrade(request, stream, head, async socket => {
      socket.on('error', error => log.debug('socket.error', { message: error.message }))
      try {
        if (environment === undefined) {
          throw new Problem(
            platformProblems['unknown-environment'],
            `There is no environment ${project}/${name} here.`,
          )
        }
        const header = request.headers.apikey
        const apiKey = url.searchParams.get('apikey') ?? (typeof header === 'string' ? header : undefined)
        const credentials = { apiKey, bearer: undefined }
        const caller = await gate.identify(environment, credentials, route.permission)
        route.open({
          environment,
          caller,
          credentials,
          socket,
          stream,
          ip: proxyAddress(request, isTrusted) ?? '',
          userAgent: request.headers['user-agent'] ?? '',
          id: `ws-${start}-${(count++).toString(36)}`,
        })
      } catch (error) {
        if (error instanceof Problem) {
          socket.close(4000 + error.kind.status, error.code)
        } else {
          log.error('socket.bug', { error })
          socket.close(1011, 'http/internal')
        }
      }
    })
  }
  server.on('upgrade', upgrade)
  return {
    refuseNew: () => void server.off('upgrade', upgrade),
    end: async () => {
      // Those who were told goodbye answer at once; nobody else is worth waiting for.
      const patience = AbortSignal.timeout(goodbyeMs)
      while (accept.clients.size > 0 && !patience.aborted) await delay(10)
      for (const socket of accept.clients) socket.terminate()
    },
  }
}
