import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Connection } from '../db.ts'
import type { Log } from '../log.ts'
import { readConnectionUrl } from './connection-url.ts'
import { allowWrites, dropBallast, guardDisk } from './guard-disk.ts'
import { openHome, type Home } from './home.ts'
import { initialise, superuser } from './initialise.ts'
import { connectExternal } from './inspect.ts'
import { lockInstance } from './instance-lock.ts'
import { prepareNative } from './native.ts'
import { databaseName, prepareDatabase } from './prepare-database.ts'
import { checkRequirements } from './requirements.ts'
import { serve, serveAgain } from './serve.ts'
import { boundLog } from './server-log.ts'
import type { ServerSettings } from './settings.ts'
import { StartProblem } from './start-problem.ts'
import { supervise } from './supervise.ts'

/** A Postgres that is ready for the platform: the embedded one, or one somebody else runs. */
export interface Cluster {
  /** How the platform itself connects. */
  readonly connection: Connection
  /** Where a person's SQL tool connects. */
  readonly url: string
  /** Tells where this instance answers: a second one on the same data directory names it when it is refused. */
  announce(address: string): void
  /** Calls back when Postgres had ended unexpectedly and accepts connections again. */
  onRestart(heard: () => void): void
  /** Stops what was started. */
  stop(): Promise<void>
}

export interface ClusterOptions {
  /** Folder of the instance; made when missing. */
  readonly dataDir: string
  readonly log: Log
  /** TCP port; without one the port of the last start, and at first 54329 or the next free one. */
  readonly port?: number | undefined
  /** Settings of postgresql.conf that differ from ours. */
  readonly settings?: ServerSettings
  /** With less free than this on its disk Postgres takes no writes; nobody looks unless told. */
  readonly diskReserveBytes?: number
  /** `false`: initialise without flushing to disk, for clusters nobody will miss. */
  readonly sync?: boolean
}

/**
 * Starts the embedded Postgres of a data directory, making it when there is none. It is restarted whenever it ends
 * unexpectedly, and belongs to this process until `stop`.
 *
 * @throws StartProblem when something stands in the way that a person can mend
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const locks = [lockInstance(dataDir)]
  const release = () => locks.splice(0).forEach(lock => lock.release())
  try {
    const home = openHome(dataDir)
    // A copy of a data directory whose Postgres lives elsewhere names the same one.
    if (home.folder !== dataDir) locks.push(lockInstance(home.folder))
    const running = await run(home, options)
    return {
      ...running,
      announce: address => locks.forEach(lock => lock.announce(address)),
      stop: () => running.stop().finally(release),
    }
  } catch (error) {
    release()
    throw error
  }
}

async function run(home: Home, options: ClusterOptions): Promise<Omit<Cluster, 'announce'>> {
  const { log, settings = {}, sync = true, diskReserveBytes } = options
  const native = prepareNative(home.folder, home.user)
  if (await initialise({ ...home, native, sync })) log.info('postgres.initialised', { folder: home.pgData })

  const serving = { home, native, log, port: options.port, settings }
  const { postmaster, port } = await serve(serving)
  const again = () =>
    serveAgain(serving, port).catch((error: unknown) => {
      // Should the disk be full, the next attempt has room.
      dropBallast(home.folder)
      throw error
    })
  const server = supervise(postmaster, again, log)
  const serverLog = boundLog(home.logFile)
  let guard: { stop(): void } | undefined
  const stop = async () => {
    guard?.stop()
    serverLog.stop()
    await server.stop()
  }
  try {
    const { password } = home
    const host = process.platform === 'win32' ? '127.0.0.1' : home.socketDir
    const connection = { host, port, user: superuser, password, database: databaseName }
    await allowWrites(connection, log)
    await prepareDatabase(connection, password, log)
    if (diskReserveBytes !== undefined)
      guard = guardDisk({ connection, folder: home.folder, reserveBytes: diskReserveBytes, log })
    const url = `postgres://${superuser}:${password}@127.0.0.1:${port}/${databaseName}`
    return { connection, url, onRestart: server.onRestart, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Connects to a Postgres somebody else runs, after checking that it can carry the platform.
 *
 * @throws StartProblem naming everything it lacks, each with the command that mends it
 */
export async function openExternal({ url, log }: { url: string; log: Log }): Promise<Cluster> {
  const connection = readConnectionUrl(url)
  const db = await connectExternal(connection, log)
  const missing = await checkRequirements(db).finally(() => db.close())
  if (missing.length > 0) {
    throw new StartProblem(
      'postgres/requirements',
      `The Postgres of DATABASE_URL cannot carry CloudBox yet:\n${missing.map(({ what }) => `  · ${what}`).join('\n')}`,
      `Run as its superuser:\n${missing.map(({ remedy }) => `    ${remedy}`).join('\n')}`,
    )
  }
  return { connection, url, announce: () => {}, onRestart: () => {}, stop: async () => {} }
}
