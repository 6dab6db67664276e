// Fires requests from a process of its own: a thin HTTP/1.1 client, so that what it costs does not hide what is measured.
import { connect, type Socket } from 'node:net'
import { answerParent } from './answer-parent.ts'
import { percentile } from './figure.ts'

/** Requests to fire one after another on each connection, beginning anew at the end. */
export interface Shots {
  readonly url: string
  /** Paths below the url. */
  readonly paths: readonly string[]
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Other bodies, one after another with the paths. */
  readonly bodies?: readonly string[]
  readonly connections: number
  readonly ms: number
}

/** What a round of load showed. */
export interface Round {
  readonly requests: number
  readonly ms: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time this process took. */
  readonly cpuMs: number
}

async function fire({
  url,
  paths,
  method,
  headers,
  body = '',
  bodies = [body],
  connections,
  ms,
}: Shots): Promise<Round> {
  const { hostname, port, pathname } = new URL(url)
  const head = Object.entries({ ...headers, host: `${hostname}:${port}` })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const withLength = (text: string) =>
    text === '' ? '\r\n' : `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  const base = pathname === '/' ? '' : pathname
  const count = Math.max(paths.length, bodies.length)
  const requests = Array.from({ length: count }, (_, i) =>
    Buffer.from(
      `${method} ${base}${paths[i % paths.length]} HTTP/1.1\r\n${head}${withLength(bodies[i % bodies.length]!)}`,
    ),
  )

  const latencies: number[] = []
  let next = 0
  const cpu = process.cpuUsage()
  const start = performance.now()
  const lane = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket: Socket = connect(Number(port), hostname)
      let sentAt = 0
      const send = () => {
        sentAt = performance.now()
        socket.write(requests[next++ % requests.length]!)
      }
      let waiting: Buffer | undefined
      socket.setNoDelay(true)
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('close', () => reject(new Error(`${url} closed a connection`)))
      socket.on('data', chunk => {
        const bytes = waiting === undefined ? chunk : Buffer.concat([waiting, chunk])
        const end = endOfAnswer(bytes)
        waiting = end === undefined ? bytes : undefined
        if (end === undefined) return
        if (bytes[9] !== 0x32) return reject(new Error(`${method} ${url}: ${bytes.toString('utf8', 0, 600)}`))
        const now = performance.now()
        latencies.push(now - sentAt)
        if (now - start < ms) return send()
        socket.removeAllListeners('close')
        socket.destroy()
        resolve()
      })
    })
  await Promise.all(Array.from({ length: connections }, lane))
  const tookMs = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  return {
    requests: latencies.length,
    ms: tookMs,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMs: (user + system) / 1000,
  }
}

/** Where the answer ends; undefined when there is more to come. Answers without a length are refused. */
function endOfAnswer(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, headEnd))
  if (length === null) throw new Error(`an answer without a length: ${bytes.toString('utf8', 0, headEnd)}`)
  const end = headEnd + 4 + Number(length[1])
  return bytes.length < end ? undefined : end
}

answerParent({}, { fire })
process.on('SIGINT', () => process.exit(0))
