import { createLog } from '@cloudbox/server/kernel/log'
import { copyDatabase, dropDatabase } from '@cloudbox/server/kernel/postgres/template-database'
import { embedServer } from '@cloudbox/server/embed'
import type { Connection } from '@cloudbox/server/kernel/db'
import type { Server } from '@cloudbox/server/server'
import { createAsk, type Ask } from './box/ask.ts'
import { movableClock, type MovableClock } from './box/clock.ts'
import { openNetwork, type Network } from './box/network.ts'
import { joinCluster } from './cluster/join-cluster.ts'
import { databaseOf, type Lease } from './cluster/leases.ts'
import {
  environmentPath,
  followClock,
  masterKey,
  readInstalled,
  templateOf,
  type Installed,
} from './cluster/templates.ts'
import type { CloudBoxOptions } from './create-cloudbox.ts'

/** A server on a database of its own, with the way to it. */
export interface OpenBox {
  readonly server: Server
  readonly installed: Installed
  readonly clock: MovableClock
  readonly network: Network
  /** Origin of the server itself. */
  readonly serverUrl: string
  /** Below either origin: the environment. */
  readonly path: string
  readonly databaseUrl: string
  readonly ask: Ask
  stop(): Promise<void>
}

/** The lease of this process, as long as there is a box. */
let joined: { readonly key: string; readonly lease: Promise<Lease>; boxes: number } | undefined
let number = 0

export async function openBox(options: CloudBoxOptions): Promise<OpenBox> {
  const { lease, leave } = await join(options)
  const undo: (() => Promise<void>)[] = [leave]
  const stop = async () => {
    for (const work of undo.splice(0).toReversed()) await work()
  }
  try {
    const database = databaseOf(lease, ++number)
    const connection: Connection = { ...lease.admin.connection, database }
    await copyDatabase(lease.admin, database, await templateOf(lease.admin, collectionsOf(options)))
    undo.push(() => dropDatabase(lease.admin, database))
    await followClock(lease.admin, database)

    const clock = movableClock()
    const log = createLog('warn', line => process.stderr.write(`${line}\n`))
    const server = await embedServer({ connection, masterKey, log, clock, argv: options.argv ?? [] })
    undo.push(() => server.stop())
    const serverUrl = await server.listen('127.0.0.1', 0)
    const network = await openNetwork(Number(new URL(serverUrl).port))
    undo.push(() => network.stop())
    const installed = await readInstalled(server.db)
    return {
      server,
      installed,
      clock,
      network,
      serverUrl,
      path: environmentPath,
      databaseUrl: urlOf(connection),
      ask: createAsk(serverUrl + environmentPath, installed.secretKey),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function join({ folder, databaseUrl }: CloudBoxOptions) {
  const url = databaseUrl ?? (process.env.CLOUDBOX_TEST_DATABASE_URL || undefined)
  const options = {
    ...(folder === undefined ? {} : { folder }),
    ...(url === undefined ? {} : { databaseUrl: url }),
  }
  const key = JSON.stringify(options)
  if (joined !== undefined && joined.key !== key)
    throw new Error('All boxes of a process share one Postgres: give each the same folder and databaseUrl.')
  const mine = (joined ??= { key, lease: joinCluster(options), boxes: 0 })
  mine.boxes++
  const leave = async () => {
    if (--mine.boxes > 0) return
    if (joined === mine) joined = undefined
    await mine.lease.then(
      lease => lease.close(),
      () => {},
    )
  }
  try {
    return { lease: await mine.lease, leave }
  } catch (error) {
    await leave()
    throw error
  }
}

function collectionsOf({ schema = [] }: CloudBoxOptions) {
  return 'collections' in schema ? schema.collections : schema
}

function urlOf({ host, port, user, password = '', database }: Connection): string {
  const at = host.startsWith('/') ? '127.0.0.1' : host
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${at}:${port}/${database}`
}
