import { readConfig } from '../kernel/config.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Environment } from '../kernel/caller.ts'
import type { Connection, Database } from '../kernel/db.ts'
import { createLog, type Log } from '../kernel/log.ts'
import type { DatabaseTemplate } from '../kernel/postgres/template-database.ts'
import type { AnyModule } from '../kernel/module.ts'
import { modules } from '../modules/index.ts'
import { createServer, type Server } from '../server.ts'
import { silentLog } from './test-cluster.ts'
import { testDatabase, type Cleanup } from './test-database.ts'

/** A whole server on a database of its own, reached over HTTP like any other. */
export interface TestServer {
  /** Origin, e.g. `http://localhost:41234`. */
  readonly url: string
  readonly environmentUrl: string
  readonly environment: Environment
  readonly publishableKey: string
  readonly secretKey: string
  readonly connection: Connection
  /** The platform's own connections, to look behind the API. */
  readonly db: Database
  /** The running server, to reach what no request does. */
  readonly server: () => Server
  /** A signed token of a simulated user. */
  token(uid: string, claims?: Record<string, unknown>): Promise<string>
  /** Asks below the environment's `/v1`, with the secret key unless headers say otherwise. Bodies are sent as JSON. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>
  /** Stops the server and starts another on the same database and port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface RequestOptions {
  readonly body?: unknown
  /** Replace the secret key: `{}` sends none. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The body as JSON, or as text when it is none. */
  readonly body: unknown
}

export interface TestServerOptions {
  readonly log?: Log
  /** Command-line options, as for `npm start`. */
  readonly argv?: readonly string[]
  /** Dev environments answer more (see `x-cloudbox-policy`); true unless told. */
  readonly dev?: boolean
  /** What time it is; the machine's unless told. */
  readonly clock?: Clock
  /** Modules beside the product's own. */
  readonly extraModules?: readonly AnyModule[]
}

/** The database is copied with what it sealed, so all test servers have the same. */
const testMasterKey = '7e'.repeat(32)

/** The database of a new installation, with every migration applied, copied for each test server. */
const installed: DatabaseTemplate = {
  name: 'installed',
  async build(connection) {
    const server = await serve(connection, silentLog, [])
    await server.platform.ensureOperators()
    await server.stop()
  },
}

/**
 * A database of a new installation for a server in a process of its own: what that has to find in its environment.
 * Removed at the end, whoever is still connected.
 */
export async function installedDatabase(
  cleanup: Cleanup,
): Promise<{ readonly DATABASE_URL: string; readonly CLOUDBOX_MASTER_KEY: string }> {
  const { connection } = await testDatabase(cleanup, installed)
  const { user, password = '', host, port, database } = connection
  const url = `postgres://${user}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
  return { DATABASE_URL: url, CLOUDBOX_MASTER_KEY: testMasterKey }
}

function serve(
  connection: Connection,
  log: Log,
  argv: readonly string[],
  { extraModules = [], clock }: Pick<TestServerOptions, 'extraModules' | 'clock'> = {},
): Promise<Server> {
  const all = [...modules, ...extraModules]
  return createServer({
    connection,
    config: readConfig(all, argv, { CLOUDBOX_MASTER_KEY: testMasterKey }),
    log,
    modules: all,
    ...(clock !== undefined && { clock }),
  })
}

/**
 * Starts a server with a project `test` and an environment `dev`; it ends with the test.
 *
 * ```ts
 * const server = await startTestServer({ after })
 * const { status } = await server.request('GET', '/data/$collections')
 * ```
 * Inside a `before` hook, `after` would mean the end of the hook: start it at the top of the file.
 */
export async function startTestServer(
  cleanup: Cleanup,
  options: TestServerOptions = {},
): Promise<TestServer> {
  // What is registered first is called first, so the database waits here until the server has stopped.
  const afterwards: (() => Promise<void>)[] = []
  const { connection, db } = await testDatabase({ after: work => void afterwards.push(work) }, installed)
  const log = options.log ?? createLog('warn', line => process.stderr.write(`${line}\n`))
  let server = await serve(connection, log, options.argv ?? [], options)
  cleanup.after(async () => {
    await server.stop()
    for (const work of afterwards) await work()
  })
  const environment = await server.platform.ensureEnvironment({
    organisation: 'test',
    project: 'test',
    name: 'dev',
    dev: options.dev ?? true,
  })
  const secretKey = await server.platform.createKey(environment.id, 'secret')
  const publishableKey = await server.platform.ensurePublishableKey(environment.id)
  const url = await server.listen('127.0.0.1', 0)
  const environmentUrl = `${url}/test/dev`

  const request: TestServer['request'] = async (
    method,
    path,
    { body, headers = { apikey: secretKey } } = {},
  ) => {
    const response = await fetch(`${environmentUrl}/v1${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: jsonOrText(text) }
  }

  return {
    url,
    environmentUrl,
    environment,
    publishableKey,
    secretKey,
    connection,
    db,
    server: () => server,
    request,
    token: async (uid, claims = {}) => {
      const { body } = await request('POST', '/auth/test-token', { body: { uid, claims } })
      return (body as { token: string }).token
    },
    restart: async () => {
      await server.stop()
      server = await serve(connection, log, options.argv ?? [], options)
      await server.listen('127.0.0.1', Number(new URL(url).port))
    },
    stop: () => server.stop(),
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
