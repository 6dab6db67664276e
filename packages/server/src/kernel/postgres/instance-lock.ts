import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { isAlive, startTimeOf } from './processes.ts'
import { StartProblem } from './start-problem.ts'

/** The right to use a data directory, held by one process at a time. */
export interface InstanceLock {
  /** Tells where this instance answers, for whoever tries to start a second one. */
  announce(address: string): void
  release(): void
}

interface Holder {
  readonly id: string
  readonly pid: number
  readonly startTime?: string | undefined
  readonly address?: string | undefined
}

const fileName = 'instance.lock'

/** Whether a process that still runs uses a data directory. */
export function isInstanceRunning(dataDir: string): boolean {
  const holder = readHolder(join(dataDir, fileName))
  return holder !== undefined && isRunning(holder)
}

/**
 * Takes the lock of a data directory. A lock whose process has ended is taken over.
 *
 * @throws StartProblem `postgres/in-use` naming pid and address of the instance that holds it
 */
export function lockInstance(dataDir: string): InstanceLock {
  const path = join(dataDir, fileName)
  const self: Holder = { id: randomUUID(), pid: process.pid, startTime: startTimeOf(process.pid) }

  for (let tookOver = false; ;) {
    // After a takeover another one may still be removing the lock it takes for the stale one.
    if (placeOnce(path, self) && (!tookOver || isStillOurs(path, self))) break
    const holder = readHolder(path)
    if (holder === undefined) continue
    if (isRunning(holder)) throw inUse(dataDir, holder)
    takeAway(path, holder)
    tookOver = true
  }
  return {
    announce: address => writeWhole(path, { ...self, address }),
    release: () => {
      if (readHolder(path)?.id === self.id) rmSync(path, { force: true })
    },
  }
}

function isRunning({ pid, startTime }: Holder): boolean {
  if (!isAlive(pid)) return false
  const now = startTimeOf(pid)
  return startTime === undefined || now === undefined || startTime === now
}

/** A hard link appears with its content or not at all, and never over another file. */
function placeOnce(path: string, holder: Holder): boolean {
  const draft = `${path}.${holder.id}`
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Of two processes that find the same stale lock, one may already hold a new one: that one is put back. */
function takeAway(path: string, stale: Holder): void {
  const aside = `${path}.${randomUUID()}`
  if (readHolder(path)?.id !== stale.id) return
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    if (readHolder(aside)?.id !== stale.id) linkSync(aside, path)
  } catch {
    // A third one has placed its lock meanwhile: its owner and the one put aside will see whose it is.
  }
  rmSync(aside, { force: true })
}

const settleMs = 20

function isStillOurs(path: string, self: Holder): boolean {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, settleMs)
  return readHolder(path)?.id === self.id
}

function writeWhole(path: string, holder: Holder): void {
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 })
  renameSync(draft, path)
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    // Not ours to understand: a lock nobody holds.
    return { id: '', pid: 0 }
  }
}

function inUse(dataDir: string, { pid, address }: Holder): StartProblem {
  const where = address === undefined ? '' : ` at ${address}`
  return new StartProblem(
    'postgres/in-use',
    `The data directory ${dataDir} is in use by another instance (process ${pid}${where}).`,
    'Stop that one first, or start this one with another --data-dir.',
  )
}
