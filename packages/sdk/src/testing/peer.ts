import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientFrame, ServerFrame } from '@cloudbox/protocol/realtime'
import { WebSocketServer, type WebSocket } from 'ws'

/** A request as it came over the wire. */
interface ReceivedRequest {
  readonly method: string
  /** Decoded path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/** What the peer answers next. */
interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown
}

/** One WebSocket a client opened, played by the test. */
export interface PeerSocket {
  /** The next frame the client sent. */
  received(): Promise<ClientFrame>
  send(...frames: ServerFrame[]): void
  /** Closes it with a code and a reason. */
  close(code: number, reason: string): void
  /** Cuts the line without a closing handshake. */
  cut(): void
  readonly url: string
  /** Resolves when the client has closed it. */
  readonly closed: Promise<unknown>
}

/** A peer on a real port that says exactly what the test tells it, so that faults of the wire can be played. */
export async function startPeer() {
  const requests: ReceivedRequest[] = []
  const answers: Answer[] = []
  const sockets = createQueue<PeerSocket>()
  const http = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { method = '', url = '', headers } = request
    requests.push({ method, url: decodeURIComponent(url), headers, body: text && JSON.parse(text) })
    const { status = 200, headers: extra = {}, body } = answers.shift() ?? { body: [] }
    response.writeHead(status, { 'content-type': 'application/json', ...extra })
    response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  })
  const webSockets = new WebSocketServer({ server: http })
  webSockets.on('connection', (socket, request) => sockets.put(playSocket(socket, request.url ?? '')))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/app/dev`,
    requests,
    answer: (...next: Answer[]) => void answers.push(...next),
    /** The next connection a client opens. */
    socket: sockets.take,
    async stop() {
      for (const socket of webSockets.clients) socket.terminate()
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}
export type Peer = Awaited<ReturnType<typeof startPeer>>

function playSocket(socket: WebSocket, url: string): PeerSocket {
  const frames = createQueue<ClientFrame>()
  socket.on('message', data => frames.put(JSON.parse(String(data)) as ClientFrame))
  return {
    received: frames.take,
    send: (...list) => list.forEach(frame => socket.send(JSON.stringify(frame))),
    close: (code, reason) => socket.close(code, reason),
    cut: () => socket.terminate(),
    url,
    closed: once(socket, 'close'),
  }
}

/** What comes before it is asked for waits, and who asks before it comes waits. */
export function createQueue<Item>() {
  const items: Item[] = []
  const takers: ((item: Item) => void)[] = []
  return {
    put(item: Item) {
      const taker = takers.shift()
      if (taker) taker(item)
      else items.push(item)
    },
    take: (): Promise<Item> =>
      new Promise(resolve => {
        const item = items.shift()
        if (item === undefined) takers.push(resolve)
        else resolve(item)
      }),
    get size() {
      return items.length
    },
  }
}
