import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { connectionLost } from './pg-failure.ts'

/** Where a server listens; `host` may be the folder of a unix socket. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly ssl?: boolean | object | undefined
}

const patienceMs = 15_000
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** Opens a socket to the server, encrypted when the address says so. Whoever gets it listens for its end. */
export async function dial({ host, port, ssl }: Address): Promise<Socket> {
  const isLocal = host.startsWith('/')
  const socket = isLocal ? connect(join(host, `.s.PGSQL.${port}`)) : connect({ host, port, keepAlive: true })
  socket.setNoDelay(true)
  socket.setTimeout(patienceMs, () => socket.destroy(connectionLost('the database did not answer in time')))
  // Errors are heard where they are waited for; this one listener keeps those in between from ending the process.
  socket.on('error', () => {})
  await once(socket, 'connect')
  const secure = isLocal || !ssl ? socket : await encrypt(socket, host, ssl)
  socket.setTimeout(0)
  return secure
}

async function encrypt(socket: Socket, host: string, ssl: true | object): Promise<Socket> {
  socket.write(sslRequest)
  const closed = once(socket, 'close').then((): never => {
    throw connectionLost()
  })
  const [answer] = (await Promise.race([once(socket, 'data'), closed])) as [Buffer]
  closed.catch(() => {})
  // More than the one byte would be something injected before the encryption.
  if (answer.length !== 1 || answer[0] !== 0x53) {
    socket.destroy()
    throw connectionLost('the server does not encrypt connections')
  }
  const options: ConnectionOptions = typeof ssl === 'object' ? ssl : {}
  const isAddress = /^[\d.]+$|:/.test(host)
  const secure = connectTls({ ...(isAddress ? {} : { servername: host }), host, ...options, socket })
  secure.on('error', () => {})
  await once(secure, 'secureConnect')
  return secure
}
