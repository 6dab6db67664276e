import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

const word = 'cloudbox-testing'

/**
 * Where the Postgres of a project's tests lives: in the cache of its node_modules, and in the user's cache where there is
 * none to write to. It is made when missing.
 *
 * @param given the folder the user has named, if any
 */
export function stateFolder(given: string | undefined, cwd: string): string {
  const folder = given ?? inModules(cwd) ?? inUserCache(cwd)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

function inModules(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules')
    if (existsSync(modules)) return isWritable(modules) ? join(modules, '.cache', word) : undefined
    if (folder === dirname(folder)) return undefined
  }
}

/** One for each project: its version of the server may be another. */
function inUserCache(cwd: string): string {
  const project = createHash('sha256').update(cwd).digest('hex').slice(0, 12)
  const cache =
    process.platform === 'darwin'
      ? join(homedir(), 'Library', 'Caches')
      : process.platform === 'win32'
        ? join(homedir(), 'AppData', 'Local')
        : join(homedir(), '.cache')
  return join(cache, word, project)
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
