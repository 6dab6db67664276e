import { createServer } from 'node:net'

/** First choice for the TCP port of the embedded Postgres: not 5432, where a system's own Postgres listens. */
export const defaultPort = 54329

/** The wished port when it is free on 127.0.0.1, else the next free one. */
export async function findFreePort(wished: number): Promise<number> {
  for (let port = wished; port < wished + 200 && port <= 65535; port++) {
    if (await isFree(port)) return port
  }
  return await anyFreePort()
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

function anyFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
