import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** The network between a box and its clients. */
export interface BoxNetwork {
  /** Cuts every connection, and refuses new ones until `restore`. */
  drop(): void
  restore(): void
}

export interface Network extends BoxNetwork {
  /** Where clients reach the server. */
  readonly origin: string
  stop(): Promise<void>
}

/** A way to the server that can be cut. */
export async function openNetwork(targetPort: number): Promise<Network> {
  let isDown = false
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const drop = () => {
    isDown = true
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const server = createServer({ noDelay: true }, client => {
    keep(client)
    if (isDown) return void client.resetAndDestroy()
    const onward = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    keep(onward)
    client.pipe(onward).pipe(client)
    client.on('close', () => onward.destroy())
    onward.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    drop,
    restore: () => void (isDown = false),
    async stop() {
      drop()
      server.close()
      await once(server, 'close')
    },
  }
}
