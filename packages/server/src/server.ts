import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { boot, inOrder, stopAll, type Running } from './kernel/boot.ts'
import type { Environment } from './kernel/caller.ts'
import { chosenModules } from './kernel/chosen-modules.ts'
import { listOf, type Config } from './kernel/config.ts'
import { systemClock, type Clock } from './kernel/clock.ts'
import { copyEnvironment } from './kernel/copy-environment.ts'
import { openDatabase, type Connection, type Database } from './kernel/db.ts'
import { Gate } from './kernel/gate.ts'
import { hearEvents } from './kernel/hear-events.ts'
import { createHttp } from './kernel/http.ts'
import type { Kernel } from './kernel/kernel.ts'
import type { Log } from './kernel/log.ts'
import { migrate, prepareMigrations, type Levels } from './kernel/migrate.ts'
import type { AnyModule, Notice } from './kernel/module.ts'
import { Observer } from './kernel/observer.ts'
import { noPeers, type Peers } from './kernel/peers.ts'
import type { Route } from './kernel/route.ts'
import { Vault } from './kernel/vault.ts'
import { acceptSockets } from './kernel/sockets.ts'
import { replaceEnvironment } from './kernel/replace-environment.ts'
import { sql } from './kernel/sql.ts'
import type { TlsContexts } from './kernel/tls-contexts.ts'
import type { ChangeStream } from './kernel/stream.ts'
import { openChangeStream } from './kernel/stream/open.ts'
import { parseSnapshot, type TransactionSnapshot } from './kernel/stream/transaction-snapshot.ts'
import { checkMasterKey } from './kernel/check-master-key.ts'
import { platform } from './modules/platform/module.ts'

export interface ServerOptions {
  readonly connection: Connection
  readonly config: Config
  readonly log: Log
  readonly modules: readonly AnyModule[]
  /** What time it is; the machine's own clock unless told. */
  readonly clock?: Clock
  /** The processes that serve requests for this one; none unless told. */
  readonly peers?: Peers
  /** Certificates to show: it speaks HTTPS then. */
  readonly tls?: TlsContexts | undefined
  /** Another process has done what is to be done once, and tells the changes. */
  readonly follows?: { readonly stream: ChangeStream; readonly peers: Peers }
}

/** A server that is ready: modules started, requests answered once it listens. */
export interface Server {
  readonly db: Database
  readonly platform: PlatformApi
  readonly stream: ChangeStream
  /** Where people reach it, if the settings say so. */
  readonly publicUrl: string | undefined
  /** Every endpoint of every module. */
  readonly routes: readonly Route[]
  /** What a request for this path would be answered, without one. */
  answer(path: string): Promise<{ readonly status: number; readonly body: string }>
  /** What is missing for real use. */
  notices(): Promise<readonly Notice[]>
  /** Listens; answers with the address, e.g. `http://127.0.0.1:8090`. `reusePort` shares it with other processes. */
  listen(host: string, port: number, reusePort?: boolean): Promise<string>
  /** Takes nobody new, ends requests under way within their grace, then the modules, then the connections. */
  stop(): Promise<void>
}

type PlatformApi = NonNullable<Awaited<ReturnType<typeof platform.start>>['api']>

/** Kernel and modules become a running server. Tests call the same. */
export async function createServer({
  connection,
  config,
  log,
  modules,
  clock = systemClock,
  peers = noPeers(),
  tls,
  follows,
}: ServerOptions): Promise<Server> {
  const { server: settings } = config
  const chosen = chosenModules(modules, listOf(settings.only))
  const vault = new Vault(Buffer.from(settings.masterKey, 'hex'))
  const db = await openDatabase(connection, { log, ...settings })
  const stops: (() => unknown)[] = [() => db.close()]
  const stop = async () => {
    for (const undo of stops.splice(0).reverse()) await undo()
  }
  try {
    let stream = follows?.stream
    if (stream === undefined) {
      await migratePlatform(db, modules)
      await checkMasterKey(db, vault)
      const opened = await openChangeStream({ db, log, config: config.stream })
      stops.push(() => opened.close())
      stream = opened
    }
    const events = hearEvents(stream, log)
    stops.push(() => events.stop())
    const atStart = await takeSnapshot(db)

    const routes: Route[] = []
    let running: readonly Running[] = []
    const copiers = () => running.flatMap(({ started }) => started.environmentCopier ?? [])
    const kernel: Kernel = {
      log,
      db,
      stream,
      peers: follows?.peers ?? peers,
      clock,
      observer: new Observer(),
      gate: new Gate(),
      vault,
      publicUrl: settings.publicUrl.replace(/\/+$/, '') || undefined,
      routes,
      migrateEnvironment: async (environment, upTo) => {
        await migrateEnvironment(db, modules, environment, upTo)
        for (const { started } of running) await started.prepareEnvironment?.(environment)
      },
      copyEnvironment: async (from, to, plan) => {
        chosen.checkWhole()
        await copyEnvironment({ db, log }, copiers(), { from, to, plan })
      },
      fileParts: () => {
        chosen.checkWhole()
        return running.flatMap(({ module, started }) => {
          const part = started.environmentCopier?.file
          return part === undefined ? [] : [[module.name, part] as const]
        })
      },
      replaceEnvironment: async (tx, replacement) => {
        chosen.checkWhole()
        return replaceEnvironment(tx, { copiers: copiers(), stream: kernel.stream }, replacement)
      },
    }
    running = await boot(kernel, chosen.started, config.modules)
    let stopModules = () => stopAll(running)
    stops.push(() => stopModules())
    for (const { started } of running) routes.push(...(started.routes ?? []))
    events.handTo(
      running.flatMap(({ started }) => started.listeners ?? []),
      atStart,
    )
    for (const { started } of running) await started.ready?.()

    const http = createHttp({
      log,
      gate: kernel.gate,
      routes,
      notStarted: chosen.ownerOf,
      tls,
      observer: kernel.observer,
      ...settings,
    })
    const sockets = acceptSockets(http.server, {
      log,
      gate: kernel.gate,
      routes: running.flatMap(({ started }) => started.sockets ?? []),
      maxMessageBytes: 1_048_576,
      trustedProxies: settings.trustedProxies,
    })
    // Nobody new comes in, modules say goodbye to those who are here, then the doors close.
    stopModules = async () => {
      sockets.refuseNew()
      const requestsDone = http.stop()
      await stopAll(running)
      await sockets.end()
      await Promise.race([requestsDone, delay(settings.shutdownGraceMs, undefined, { ref: false })])
      http.server.closeAllConnections()
      await requestsDone
      for (const { started } of running.toReversed()) await started.end?.()
    }

    return {
      db,
      stream,
      publicUrl: kernel.publicUrl,
      routes,
      platform: running.find(({ module }) => module === platform)!.started.api as PlatformApi,
      answer: http.answer,
      notices: async () => {
        const told = await Promise.all(running.map(({ started }) => started.notices?.() ?? []))
        return told.flat()
      },
      listen: async (host, port, reusePort = false) => {
        const taken = await http.listen(host, port, reusePort)
        return `${tls === undefined ? 'http' : 'https'}://${urlHost(host, http.server.address() as AddressInfo)}:${taken}`
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function migratePlatform(db: Database, modules: readonly AnyModule[]): Promise<void> {
  await prepareMigrations(db)
  for (const { name, migrations } of inOrder(modules)) {
    if (migrations !== undefined) await migrate(db, { word: name, folder: migrations, schema: 'cloudbox' })
  }
}

async function migrateEnvironment(
  db: Database,
  modules: readonly AnyModule[],
  { schema, role }: Environment,
  upTo?: Levels,
): Promise<void> {
  for (const { name, environmentMigrations } of inOrder(modules)) {
    if (environmentMigrations !== undefined) {
      const last = upTo === undefined ? undefined : (upTo[name] ?? 0)
      await migrate(db, { word: name, folder: environmentMigrations, schema, role, upTo: last })
    }
  }
}

async function takeSnapshot(db: Database): Promise<TransactionSnapshot> {
  const [row] = await db.query<{ text: string }>(sql`select pg_current_snapshot()::text as text`)
  return parseSnapshot(row!.text)
}

/** The name people can open: a server that listens everywhere is reached as localhost. */
function urlHost(host: string, address: AddressInfo): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1') return 'localhost'
  return address.family === 'IPv6' ? `[${host}]` : host
}
