import { rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checkDataFolder } from './check-data-folder.ts'
import { readConfig, type Config } from './kernel/config.ts'
import { createLog } from './kernel/log.ts'
import type { Notice } from './kernel/module.ts'
import { PeerHub } from './kernel/peers.ts'
import { openCluster, openExternal, type Cluster } from './kernel/postgres/cluster.ts'
import {
  demo,
  findFirstEnvironment,
  type FirstEnvironment,
  type WantedEnvironment,
} from './first-environment.ts'
import { masterKey } from './master-key.ts'
import { modules } from './modules/index.ts'
import { productionNotices } from './production-notices.ts'
import { createServer, type Server } from './server.ts'
import { readyLine } from './summary.ts'
import { TlsContexts } from './kernel/tls-contexts.ts'
import { hasTls } from './kernel/tls-settings.ts'
import { openTls, type Tls } from './tls/open-tls.ts'
import { startWorkers, type WorkerPool } from './workers/pool.ts'

/** Everything a person or a program needs to use the server that has just started; of the first environment what is still there. */
export interface Ready extends Partial<FirstEnvironment> {
  /** Origin of the server, e.g. `http://localhost:8090`. */
  readonly url: string
  /** Where people reach it, where that is somewhere else. */
  readonly publicUrl?: string
  /** Where any SQL tool finds the data, as the platform's own user. */
  readonly databaseUrl: string
  /** Opens the console, where that is another address than usual. */
  readonly consoleUrl?: string
  /** Makes the owner of the installation; only as long as there is none. */
  readonly setUpUrl?: string
  /** Port of plain HTTP beside TLS. */
  readonly httpPort?: number
  /** Ids of the processes that answer requests, where there are several. */
  readonly workers?: readonly number[]
}

/** A server with its database, started from settings. */
export interface RunningServer {
  readonly ready: Ready
  readonly config: Config
  readonly server: Server
  /** What is not as it should be in production; nothing of a server that begins with an environment. */
  readonly notices: readonly Notice[]
  /** Stops the server, then Postgres. */
  stop(): Promise<void>
}

const supervisorPoolSize = 4

/**
 * Starts Postgres (or connects to one), the server and the first environment.
 *
 * @param argv options as on the command line
 * @param env variables of the process; flags win over them
 * @param wanted the first environment; 'none' in production, where it is looked at whether all is safe instead
 * @throws ConfigProblem, StartProblem: what to mend, in words for people
 */
export async function start(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  wanted: WantedEnvironment | 'none' = demo,
): Promise<RunningServer> {
  const read = readConfig(modules, argv, env)
  const { databaseUrl, host, port, logLevel, workers: count, diskReserveBytes } = read.server
  const dataDir = resolve(read.server.dataDir)
  const log = createLog(logLevel, line => process.stderr.write(`${line}\n`))

  const folderNotices = wanted === 'none' ? await checkDataFolder(dataDir) : []
  const cluster: Cluster =
    databaseUrl === ''
      ? await openCluster({ dataDir, log, diskReserveBytes })
      : await openExternal({ url: databaseUrl, log })
  let server: Server | undefined
  let pool: WorkerPool | undefined
  let tls: Tls | undefined
  try {
    const { connection } = cluster
    const config = {
      ...read,
      server: { ...read.server, masterKey: await masterKey(read.server.masterKey, dataDir) },
    }
    // One that only supervises has little to ask.
    const own =
      count === 1 ? config : { ...config, server: { ...config.server, poolSize: supervisorPoolSize } }
    const contexts = hasTls(read.server) ? new TlsContexts() : undefined
    const hub = new PeerHub()
    server = await createServer({ connection, config: own, log, modules, peers: hub.peers, tls: contexts })
    await server.platform.discardUnfinished()
    await server.platform.ensureOperators()
    const first = wanted === 'none' ? undefined : await findFirstEnvironment(server, dataDir, wanted)
    const setUpToken = await ownOrLink(server, read.server)
    if (count > 1) pool = await startWorkers({ stream: server.stream, hub, connection, config, log })
    const url = pool === undefined ? await server.listen(host, port) : pool.url
    cluster.announce(url)
    const running = server
    const workers = pool
    tls = await openTls({
      settings: read.server,
      log,
      httpsPort: () => Number(new URL(url).port) || 443,
      look: path => running.answer(path),
      show: certificates => {
        contexts?.show(certificates)
        workers?.showCertificates(certificates)
      },
    })
    const secure = tls
    const origin = running.publicUrl ?? url
    const ready = {
      url,
      ...(running.publicUrl === undefined ? {} : { publicUrl: running.publicUrl }),
      ...first?.(url),
      databaseUrl: cluster.url,
      ...(setUpToken === undefined ? {} : { setUpUrl: `${origin}/v1/platform/set-up#${setUpToken}` }),
      ...(secure?.httpPort === undefined ? {} : { httpPort: secure.httpPort }),
      ...(workers === undefined ? {} : { workers: workers.pids }),
    }
    const notices =
      wanted === 'none'
        ? [
            ...folderNotices,
            ...productionNotices(read.server, process.getuid?.() === 0),
            ...(secure?.notices() ?? []),
            ...(await running.notices()),
          ]
        : []
    if (read.server.readyFile !== '') await tellInFile(read.server.readyFile, ready)
    return {
      ready,
      config,
      server,
      notices,
      stop: async () => {
        await secure?.stop()
        await workers?.stop()
        await running.stop()
        await cluster.stop()
      },
    }
  } catch (error) {
    await tls?.stop()
    await pool?.stop()
    await server?.stop()
    await cluster.stop()
    throw error
  }
}

/** Makes the owner that the settings name, or the token of a link that does; nothing where there is one. */
async function ownOrLink(
  { platform }: Server,
  { ownerEmail: email, ownerPassword: password }: Config['server'],
): Promise<string | undefined> {
  const token = await platform.makeSetUpToken()
  if (token === undefined || email === '') return token
  await platform.setUp({ email, password, organisation: 'default' })
  return undefined
}

/** Whoever waits for the file finds it whole. */
async function tellInFile(path: string, ready: Ready): Promise<void> {
  const draft = `${path}.${process.pid}`
  await rm(draft, { force: true })
  await writeFile(draft, `${readyLine(ready)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(draft, path)
}
