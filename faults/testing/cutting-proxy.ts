import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A line through the proxy. */
interface ProxiedLine {
  readonly client: Socket
  readonly server: Socket
  /** Cuts it for both, at once. */
  cut(): void
  /** From now on nothing passes in either direction, and neither side is told: the peer has vanished. */
  vanish(): void
}

/** A way to the server that breaks. */
export interface CuttingProxy {
  readonly port: number
  readonly lines: ReadonlySet<ProxiedLine>
  /** How often a line was cut. */
  readonly cuts: number
  stop(): void
}

export interface CuttingProxyOptions {
  readonly targetPort: number
  /** After how many bytes from the server the next line is cut; undefined: never. */
  readonly cutAfterBytes?: () => number | undefined
  /** Hears of each cut. */
  readonly wasCut?: () => void
}

export async function startCuttingProxy(t: TestContext, options: CuttingProxyOptions): Promise<CuttingProxy> {
  const lines = new Set<ProxiedLine>()
  const sockets = new Set<Socket>()
  let cuts = 0
  const listener = createServer(client => {
    const server = connect(options.targetPort, '127.0.0.1')
    let hasVanished = false
    let restBytes = options.cutAfterBytes?.()
    const line: ProxiedLine = {
      client,
      server,
      cut: () => {
        if (!lines.delete(line)) return
        cuts++
        client.resetAndDestroy()
        server.resetAndDestroy()
        options.wasCut?.()
      },
      vanish: () => {
        hasVanished = true
      },
    }
    lines.add(line)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('close', () => {
        lines.delete(line)
        sockets.delete(from)
        if (!hasVanished) to.destroy()
      })
      from.on('data', bytes => {
        if (hasVanished || to.destroyed) return
        if (from === server && restBytes !== undefined) {
          if (bytes.length >= restBytes) {
            to.write(bytes.subarray(0, restBytes), () => line.cut())
            restBytes = Infinity
            return
          }
          restBytes -= bytes.length
        }
        to.write(bytes)
      })
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const stop = () => {
    listener.close()
    for (const socket of sockets) socket.destroy()
  }
  t.after(stop)
  return {
    port: (listener.address() as AddressInfo).port,
    lines,
    get cuts() {
      return cuts
    },
    stop,
  }
}
