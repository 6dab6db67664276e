import type { AddressInfo } from 'node:net'
import { boot, inOrder, stopAll } from './kernel/boot.ts'
import type { Config } from './kernel/config.ts'
import { openDatabase, type Connection, type Database } from './kernel/db.ts'
import { Gate } from './kernel/gate.ts'
import { createHttp } from './kernel/http.ts'
import type { Kernel } from './kernel/kernel.ts'
import type { Log } from './kernel/log.ts'
import { migrate, prepareMigrations } from './kernel/migrate.ts'
import type { AnyModule } from './kernel/module.ts'
import type { Route } from './kernel/route.ts'
import { acceptSockets } from './kernel/sockets.ts'
import { openChangeStream } from './kernel/stream/open.ts'
import { platform } from './modules/platform/module.ts'

export interface ServerOptions {
  readonly connection: Connection
  readonly config: Config
  readonly log: Log
  readonly modules: readonly AnyModule[]
}

/** A server that is ready: modules started, requests answered once it listens. */
export interface Server {
  readonly db: Database
  readonly platform: PlatformApi
  /** Listens; answers with the address, e.g. `http://127.0.0.1:8090`. */
  listen(host: string, port: number): Promise<string>
  /** Stops answering, then the modules, then the database connections. */
  stop(): Promise<void>
}

type PlatformApi = NonNullable<Awaited<ReturnType<typeof platform.start>>['api']>

/** Kernel and modules become a running server. Tests call the same. */
export async function createServer({ connection, config, log, modules }: ServerOptions): Promise<Server> {
  const { server: settings } = config
  const db = await openDatabase(connection, { log, ...settings })
  const stops: (() => unknown)[] = [() => db.close()]
  const stop = async () => {
    for (const undo of stops.splice(0).reverse()) await undo()
  }
  try {
    await migratePlatform(db, modules)
    const stream = await openChangeStream({ db, log })
    stops.push(() => stream.close())

    const routes: Route[] = []
    const kernel: Kernel = {
      log,
      db,
      stream,
      gate: new Gate(),
      routes,
      migrateEnvironment: environmentMigrator(db, modules),
    }
    const running = await boot(kernel, modules, config.modules)
    let stopModules = () => stopAll(running)
    stops.push(() => stopModules())
    for (const { started } of running) routes.push(...(started.routes ?? []))
    const listeners = running.flatMap(({ started }) => started.listeners ?? [])
    // The modules have just read what older events, still in the window, would tell.
    void stream.ready.then(() => hearEvents(kernel, listeners))
    for (const { started } of running) await started.ready?.()

    const http = createHttp({ log, gate: kernel.gate, routes, ...settings })
    const sockets = acceptSockets(http.server, {
      log,
      gate: kernel.gate,
      routes: running.flatMap(({ started }) => started.sockets ?? []),
      maxMessageBytes: 1_048_576,
    })
    // Nobody new comes in, modules say goodbye to those who are here, then the doors close.
    stopModules = async () => {
      sockets.refuseNew()
      const requestsDone = http.stop()
      await stopAll(running)
      await sockets.end()
      await requestsDone
    }

    return {
      db,
      platform: running.find(({ module }) => module === platform)!.started.api as PlatformApi,
      listen: async (host, port) => {
        const taken = await http.listen(host, port)
        return `http://${urlHost(host, http.server.address() as AddressInfo)}:${taken}`
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

function environmentMigrator(db: Database, modules: readonly AnyModule[]): Kernel['migrateEnvironment'] {
  return async ({ schema, role }) => {
    for (const { name, environmentMigrations } of inOrder(modules)) {
      if (environmentMigrations !== undefined) {
        await migrate(db, { word: name, folder: environmentMigrations, schema, role })
      }
    }
  }
}

/** Hands the events of the change stream to those who listen. A listener that fails is a bug, and stops nobody else. */
function hearEvents(
  { stream, log }: Kernel,
  listeners: readonly { event: string; handle(payload: never): unknown }[],
) {
  return stream.listen(({ changes }) => {
    for (const change of changes) {
      if (change.kind !== 'event') continue
      for (const listener of listeners) {
        if (listener.event !== change.name) continue
        Promise.try(() => listener.handle(change.payload as never)).catch(error =>
          log.error('event.bug', { event: change.name, error }),
        )
      }
    }
  })
}

/** The name people can open: a server that listens everywhere is reached as localhost. */
function urlHost(host: string, address: AddressInfo): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1') return 'localhost'
  return address.family === 'IPv6' ? `[${host}]` : host
}
