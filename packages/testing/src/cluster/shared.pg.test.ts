import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '@cloudbox/server/kernel/db'
import { sql } from '@cloudbox/server/kernel/sql'
import { readKeeperFile } from './keeper-file.ts'
import { silentLog } from './silent-log.ts'
import { stateFolder } from './state-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'cloudbox-shared-'))
const program = fileURLToPath(new URL('../testing/box-process.ts', import.meta.url))
const children: ChildProcess[] = []

after(async () => {
  for (const child of children) child.kill('SIGKILL')
  await endKeeper()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

async function endKeeper(): Promise<void> {
  const pid = readKeeperFile(folder)?.pid
  if (pid === undefined) return
  process.kill(pid, 'SIGTERM')
  while (isAlive(pid)) await delay(20)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Another test file that has a box. */
async function openBoxElsewhere() {
  const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { child, ...(JSON.parse(line) as { database: string; rows: number }) }
}

async function databases(): Promise<string[]> {
  const db = await openDatabase(readKeeperFile(folder)!.connection, {
    log: silentLog,
    poolSize: 1,
    statementTimeoutMs: 10_000,
  })
  const rows = await db.query<{ name: string }>(
    sql`select datname as name from pg_database where starts_with(datname, 'box_')`,
  )
  await db.close()
  return rows.map(({ name }) => name)
}

test('processes that start at once share one Postgres, and each has a database of its own', async () => {
  const boxes = await Promise.all([openBoxElsewhere(), openBoxElsewhere(), openBoxElsewhere()])
  assert.equal(new Set(boxes.map(({ database }) => database)).size, 3)
  const { pid } = readKeeperFile(folder)!
  for (const { child } of boxes) {
    child.stdin!.end()
    await once(child, 'exit')
    assert.equal(child.exitCode, 0, 'a box that is stopped keeps no process alive')
  }
  assert.deepEqual(await databases(), [])
  assert.equal(readKeeperFile(folder)!.pid, pid)
})

test('of a process that is killed nothing is left', async () => {
  const [killed, living] = await Promise.all([openBoxElsewhere(), openBoxElsewhere()])
  killed.child.kill('SIGKILL')
  await once(killed.child, 'exit')
  const signal = AbortSignal.timeout(60_000)
  while ((await databases()).includes(killed.database)) {
    assert.ok(!signal.aborted, 'its database stayed')
    await delay(50)
  }
  assert.deepEqual(await databases(), [living.database])
})

test('when the keeper was killed the next box takes over what it left, also the databases', async () => {
  const lost = await openBoxElsewhere()
  const { pid } = readKeeperFile(folder)!
  process.kill(pid, 'SIGKILL')
  lost.child.kill('SIGKILL')
  await once(lost.child, 'exit')
  for (const child of children) child.kill('SIGKILL')
  while (isAlive(pid)) await delay(20)
  const { child, database } = await openBoxElsewhere()
  assert.notEqual(readKeeperFile(folder)!.pid, pid)
  const signal = AbortSignal.timeout(60_000)
  while ((await databases()).length > 1) {
    assert.ok(!signal.aborted, 'databases stayed')
    await delay(50)
  }
  assert.deepEqual(await databases(), [database])
  child.stdin!.end()
  await once(child, 'exit')
})

test('a keeper that is told to end takes Postgres with it', async () => {
  await endKeeper()
  assert.equal(readKeeperFile(folder), undefined)
  assert.ok(!existsSync(join(folder, 'postgres', 'postmaster.pid')))
})

test('the state of a project lies in the cache of its node_modules', () => {
  const app = mkdtempSync(join(tmpdir(), 'cloudbox-app-'))
  try {
    assert.equal(
      stateFolder(undefined, import.meta.dirname).endsWith('node_modules/.cache/cloudbox-testing'),
      true,
    )
    assert.equal(stateFolder(join(app, 'here'), app), join(app, 'here'))
    assert.ok(existsSync(join(app, 'here')))
  } finally {
    rmSync(app, { recursive: true })
  }
})
