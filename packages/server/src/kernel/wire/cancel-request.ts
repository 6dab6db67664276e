import { connect } from 'node:net'
import { join } from 'node:path'

/** What a server gave a connection at its start, with which anyone may ask to cancel what runs on it. */
export interface CancelKey {
  readonly processId: number
  readonly secretKey: number
}

const cancelCode = 80_877_102
const patienceMs = 5000

/**
 * Asks the server to cancel whatever runs on the connection with this key. Resolves once the server has passed it on
 * (it closes the connection then) or cannot be reached: after that a new statement on the connection is safe.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function requestCancel(server: { host: string; port: number }, key: CancelKey): Promise<void> {
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(cancelCode, 4)
  message.writeInt32BE(key.processId, 8)
  message.writeInt32BE(key.secretKey, 12)
  const { host, port } = server
  const socket = host.startsWith('/') ? connect(join(host, `.s.PGSQL.${port}`)) : connect(port, host)
  socket.setTimeout(patienceMs, () => socket.destroy())
  socket.on('error', () => {})
  socket.resume().end(message)
  return new Promise(resolve => socket.once('close', () => resolve()))
}
