import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { extname } from 'node:path'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Config } from '../kernel/config.ts'
import type { Connection } from '../kernel/db.ts'
import { Link } from '../kernel/link.ts'
import type { Log } from '../kernel/log.ts'
import type { PeerHub } from '../kernel/peers.ts'
import { StartProblem } from '../kernel/postgres/start-problem.ts'
import type { ChangeStream } from '../kernel/stream.ts'
import { StreamRelay } from '../kernel/stream/relay-source.ts'
import type { Certificate } from '../kernel/tls-contexts.ts'
import { isWorkerMessage, linkDescriptor, type WorkerMessage } from './messages.ts'

export interface PoolOptions {
  readonly stream: ChangeStream
  /** Brings them together with this process. */
  readonly hub: PeerHub
  readonly connection: Connection
  readonly config: Config
  readonly log: Log
}

/** The processes that answer requests. */
export interface WorkerPool {
  /** Where they are reached. */
  readonly url: string
  /** Process ids, of those that run now. */
  readonly pids: readonly number[]
  /** Has all of them show these, and those that come after them. */
  showCertificates(certificates: readonly Certificate[]): void
  /** Lets them end what they are at, within the grace of the settings, and ends them. */
  stop(): Promise<void>
}

// Published it is JavaScript, as this file is.
const program = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))
const longestBackoffMs = 5000
/** A worker that has lived for this long did not die of its start. */
const healthyMs = 10_000
/** Beyond the grace, for everything else that ends. */
const endMs = 5000

/** Starts the workers and replaces those that die. Resolves when all answer requests. */
export async function startWorkers(options: PoolOptions): Promise<WorkerPool> {
  const pool = new Pool(options)
  try {
    await pool.start()
    return pool
  } catch (error) {
    await pool.stop()
    throw error
  }
}

interface Worker {
  readonly process: ChildProcess
  readonly link: Link
  readonly ended: Promise<void>
}

class Pool implements WorkerPool {
  url = ''
  readonly #options: PoolOptions
  readonly #relay: StreamRelay
  readonly #workers = new Map<number, Worker>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #config: Config
  #certificates: readonly Certificate[] = []
  #isStopping = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#config = options.config
    this.#relay = new StreamRelay(options.stream, { log: options.log })
  }

  get pids(): number[] {
    return [...this.#workers.values()].map(worker => worker.process.pid!)
  }

  async start(): Promise<void> {
    const { server } = this.#options.config
    const port = await takePort(server.host, server.port)
    const poolSize = Math.max(2, Math.ceil(server.poolSize / server.workers))
    this.#config = { ...this.#options.config, server: { ...server, port, poolSize } }
    const numbers = Array.from({ length: server.workers }, (_, i) => i + 1)
    const urls = await Promise.all(numbers.map(number => this.#start(number)))
    this.url = urls[0]!
  }

  showCertificates(certificates: readonly Certificate[]): void {
    this.#certificates = certificates
    for (const { link } of this.#workers.values()) link.send(certificatesMessage(certificates))
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    const workers = [...this.#workers.values()]
    for (const { link } of workers) link.send({ t: 'worker.drain' } as WorkerMessage)
    const kill = setTimeout(
      () => workers.forEach(worker => worker.process.kill('SIGKILL')),
      this.#config.server.shutdownGraceMs + endMs,
    )
    await Promise.all(workers.map(worker => worker.ended))
    clearTimeout(kill)
    this.#relay.close()
  }

  /** Starts one worker; answers with its address. */
  #start(number: number, failures = 0): Promise<string> {
    const { connection, log } = this.#options
    const child = spawn(process.execPath, [program], {
      // The link is a socket between the two processes and nobody else: it ends with either of them.
      stdio: ['ignore', 'inherit', 'inherit', process.platform === 'win32' ? 'overlapped' : 'pipe'],
    })
    const link = new Link(child.stdio[linkDescriptor] as Duplex)
    const startedAtMs = Date.now()
    const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
    this.#workers.set(number, { process: child, link, ended })
    const answers = new Promise<string>((resolve, reject) => {
      link.hear(message => {
        if (!isWorkerMessage(message)) return
        if (message.t === 'worker.ready') resolve(message.url)
        else if (message.t === 'worker.failed') reject(new Error(message.message))
      })
      void ended.then(() => reject(new Error('the worker ended before it was ready')))
    })
    const end = () => {
      child.kill('SIGKILL')
      return ended
    }
    // It begins to hear the stream with the first message, so that comes first.
    link.send({ t: 'worker.start', worker: number, connection, config: this.#config } as WorkerMessage)
    if (this.#certificates.length > 0) link.send(certificatesMessage(this.#certificates))
    this.#relay.attach(link)
    this.#options.hub.attach(link, end)
    void ended.then(() => {
      this.#workers.delete(number)
      if (this.#isStopping || this.url === '') return
      log.warn('worker.ended', { worker: number, code: child.exitCode, signal: child.signalCode })
      this.#replace(number, Date.now() - startedAtMs > healthyMs ? 0 : failures + 1)
    })
    return answers
  }

  #replace(number: number, failures: number): void {
    const backoffMs = failures === 0 ? 0 : Math.min(longestBackoffMs, 50 * 2 ** failures)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#start(number, failures).then(
        () => this.#options.log.info('worker.replaced', { worker: number }),
        error => {
          this.#options.log.error('worker.not-started', { worker: number, error })
          const worker = this.#workers.get(number)
          worker?.process.kill('SIGKILL')
        },
      )
    }, backoffMs)
    this.#timers.add(timer)
  }
}

function certificatesMessage(certificates: readonly Certificate[]): WorkerMessage {
  return { t: 'worker.certificates', certificates }
}

/**
 * Makes sure that nobody else listens, which processes that share a port do not notice, and that it can be shared.
 * Answers with the port, a free one for 0.
 */
async function takePort(host: string, port: number): Promise<number> {
  const taken = await tryPort({ host, port })
  try {
    return await tryPort({ host, port: taken, reusePort: true })
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOTSUP') throw error
    throw new StartProblem(
      'server/no-shared-port',
      'This system cannot share a port between several processes.',
      'Leave --workers out, or run on Linux or FreeBSD.',
    )
  }
}

function tryPort(options: { host: string; port: number; reusePort?: boolean }): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(options, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
