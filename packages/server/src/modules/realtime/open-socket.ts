import type { OpenedSocket } from '../../kernel/socket-route.ts'
import { Connection, type ConnectionOptions } from './connection.ts'

/** Serves one WebSocket until it closes. */
export function openSocket(
  { socket, stream, environment, caller, credentials, ip, userAgent, id }: OpenedSocket,
  options: ConnectionOptions,
): Connection {
  const connection = new Connection(
    {
      kind: 'websocket',
      id,
      environment,
      caller,
      credentials,
      ip,
      userAgent,
      stream,
      get isOpen() {
        return socket.readyState === socket.OPEN
      },
      encode: frame => frame.webSocket,
      close: code => socket.close(1000, code),
      destroy: () => socket.terminate(),
    },
    options,
  )
  let unansweredPings = 0
  const pinging = setInterval(() => {
    // Who has not said hello by now is here to hold a connection.
    if (!connection.isGreeted) connection.end('realtime/hello-needed', 0)
    else if (++unansweredPings > 2) connection.drop('silent')
    else socket.ping()
  }, options.config.pingIntervalMs)
  socket.on('message', (data, isBinary) => void connection.receive(isBinary ? '' : String(data)))
  socket.on('pong', () => {
    unansweredPings = 0
  })
  socket.on('close', () => {
    clearInterval(pinging)
    connection.closed()
  })
  return connection
}
