import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { failure } from '../failure.ts'

/** Nobody holds it longer than a request takes. */
const staleMs = 60_000
const pauseMs = 50

/**
 * Does something while no other process does it. A lock whose process is gone is taken over.
 * @throws Failure `cli/sessions-busy`
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const mark = `${process.pid} ${randomUUID()}\n`
  const giveUpAt = Date.now() + staleMs
  while (!(await take(file, mark))) {
    await removeStale(file)
    if (Date.now() > giveUpAt)
      throw failure(
        'sessions-busy',
        'Another command has held the sessions for a minute.',
        `End it, or remove ${file}.`,
      )
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
  try {
    return await work()
  } finally {
    if ((await readMark(file)) === mark) await rm(file, { force: true })
  }
}

async function take(file: string, mark: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600)
    await handle.writeFile(mark)
    await handle.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function removeStale(file: string): Promise<void> {
  const mark = await readMark(file)
  if (mark === undefined) return
  const ageMs = Date.now() - ((await stat(file).catch(() => undefined))?.mtimeMs ?? Date.now())
  const pid = Number.parseInt(mark, 10)
  if (ageMs < staleMs && (Number.isNaN(pid) || isAlive(pid))) return
  // Moved away first and looked at again: another process may have taken it over just now.
  const aside = `${file}.${randomUUID()}`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  if ((await readMark(aside)) === mark) await rm(aside, { force: true })
  else await rename(aside, file)
}

async function readMark(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
