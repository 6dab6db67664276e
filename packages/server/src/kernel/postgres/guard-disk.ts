import { rmSync, statSync, writeFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase, type Connection } from '../db.ts'
import type { Log } from '../log.ts'
import { sql } from '../sql.ts'

/** Looking costs microseconds; what is written between two looks has to fit into the reserve. */
const lookEveryMs = 250
/** What Postgres needs to recover and to read its log on a disk others have filled: a few segments of 16 MB. */
const ballastBytes = 48 * 1024 * 1024
/** With less than this free Postgres gets the ballast. */
const needBytes = 16 * 1024 * 1024

export interface DiskGuardOptions {
  readonly connection: Connection
  /** The folder whose disk is watched; the ballast lies there. */
  readonly folder: string
  /** With less free than this, nothing more is written. */
  readonly reserveBytes: number
  readonly log: Log
}

/**
 * Stops all writes before the disk is full, and lets them go on when there is room again.
 *
 * A Postgres that cannot write its log ends, and takes reads with it; one that takes no writes needs no log. So the
 * last bytes of the disk are kept: writes are refused by Postgres itself (SQLSTATE 25006), whoever sends them.
 */
export function guardDisk({ connection, folder, reserveBytes, log }: DiskGuardOptions): { stop(): void } {
  let isClosed = false
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    try {
      const { bavail, bsize } = await statfs(folder)
      const freeBytes = bavail * bsize
      if (freeBytes < needBytes) dropBallast(folder)
      // Not to go back and forth at the edge.
      const isScarce = freeBytes < (isClosed ? reserveBytes * 1.25 : reserveBytes)
      if (isScarce !== isClosed) {
        await refuseWrites(connection, isScarce, log)
        isClosed = isScarce
        if (isScarce) log.error('postgres.disk-nearly-full', { freeBytes, reserveBytes })
        else log.warn('postgres.disk-has-room', { freeBytes })
      }
      if (!isScarce && freeBytes > 2 * reserveBytes + ballastBytes) layBallast(folder)
    } catch (error) {
      log.debug('postgres.disk-unknown', { error })
    }
    if (!isStopped) timer = setTimeout(look, lookEveryMs).unref()
  }
  void look()
  return {
    stop: () => {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

/** Gives the room back that was kept for starting Postgres on a full disk. */
export function dropBallast(folder: string): void {
  rmSync(ballastIn(folder), { force: true })
}

/** Lets everybody write again who was kept from it by a guard that could not end it itself. */
export async function allowWrites(connection: Connection, log: Log): Promise<void> {
  await refuseWrites(connection, false, log)
}

async function refuseWrites(connection: Connection, isRefusing: boolean, log: Log): Promise<void> {
  const db = await openDatabase(
    { ...connection, database: 'postgres' },
    { log, poolSize: 1, statementTimeoutMs: 60_000 },
  )
  try {
    await db.query(
      isRefusing
        ? sql`alter system set default_transaction_read_only = on`
        : sql`alter system reset default_transaction_read_only`,
    )
    await db.query(sql`select pg_reload_conf()`)
    // Gives back what the log no longer needs.
    if (isRefusing) await db.query(sql`checkpoint`)
  } finally {
    await db.close()
  }
}

function layBallast(folder: string): void {
  const file = ballastIn(folder)
  if (statSync(file, { throwIfNoEntry: false })?.size === ballastBytes) return
  writeFileSync(file, Buffer.alloc(ballastBytes))
}

function ballastIn(folder: string): string {
  return join(folder, 'reserve')
}
