import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A proxy as there are many: it passes requests and ends every attempt to open a WebSocket. */
export async function startRefusingProxy(t: TestContext, target: string) {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const seen: string[] = []
  let refused = 0
  const proxy = createServer((asked, answer) => {
    const { method = 'GET', url = '', headers } = asked
    seen.push(`${method} ${url}`)
    const onward = request({ hostname, port, path: url, method, headers }, from => {
      answer.writeHead(from.statusCode ?? 502, from.headers)
      answer.flushHeaders()
      from.on('error', () => answer.destroy())
      from.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.pipe(onward)
  })
  proxy.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  proxy.on('upgrade', (_request, socket) => {
    refused++
    socket.destroy()
  })
  const cut = () => sockets.forEach(socket => socket.destroy())
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(async () => {
    proxy.close()
    cut()
  })
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${new URL(target).pathname}`,
    /** Breaks every connection where it is. */
    cut,
    /** Requests for streams of events so far. */
    streams: () => seen.filter(line => line.includes('/realtime/events')).length,
    /** WebSockets refused so far. */
    refused: () => refused,
  }
}
