import { createHash } from 'node:crypto'
import { watch } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Editors write a file in several steps. */
const settleMs = 40
/** Some file systems (network folders, some virtual machines) tell nothing: somebody has to look. */
const lookMs = 2000

/** What of a folder changed, by path from it. */
export type Changed = ReadonlySet<string>

export interface Watcher {
  /** Takes what is there now as known, so that it is not told. */
  accept(): Promise<void>
  stop(): void
}

/**
 * Tells which files below a folder have changed, once they are written, one call after the other. A file that was
 * written with what it held before has not changed. `ignores` leaves out what others generate.
 */
export async function watchFolder(
  folder: string,
  ignores: (path: string) => boolean,
  changed: (files: Changed) => Promise<void>,
): Promise<Watcher> {
  let known = await hashesOf(folder, ignores)
  let timer: NodeJS.Timeout | undefined
  let work: Promise<void> = Promise.resolve()
  let isStopped = false

  const look = async () => {
    if (isStopped) return
    const now = await hashesOf(folder, ignores)
    const files = new Set([...known.keys(), ...now.keys()].filter(path => known.get(path) !== now.get(path)))
    known = now
    if (files.size > 0 && !isStopped) await changed(files)
  }
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(() => (work = work.then(look)), settleMs)
  }
  const watching = watch(folder, { recursive: true }, soon)
  // The folder may be taken away and come back; looking finds that out.
  watching.on('error', () => {})
  const looking = setInterval(soon, lookMs)
  return {
    accept: async () => {
      known = await hashesOf(folder, ignores)
    },
    stop: () => {
      isStopped = true
      clearTimeout(timer)
      clearInterval(looking)
      watching.close()
    },
  }
}

async function hashesOf(folder: string, ignores: (path: string) => boolean): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const hashes = new Map<string, string>()
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const short = path.slice(folder.length + 1).replaceAll('\\', '/')
    if (!entry.isFile() || ignores(short)) continue
    // It may be gone by now.
    const content = await readFile(path).catch(() => undefined)
    if (content !== undefined) hashes.set(short, createHash('sha1').update(content).digest('base64'))
  }
  return hashes
}
