import { chownSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import type { Home } from './home.ts'
import { programPath, type Native } from './native.ts'
import { defaultPort, findFreePort } from './port.ts'
import { launch, type Postmaster } from './postmaster.ts'
import { recover } from './recover.ts'
import { essentialArgs, settingsFile, type ServerSettings } from './settings.ts'

export interface ServeOptions {
  readonly home: Home
  readonly native: Native
  readonly log: Log
  /** Wished TCP port; another program may have it. */
  readonly port: number | undefined
  readonly settings: ServerSettings
}

/** How often another port is tried when a program takes ours between looking and starting. */
const portAttempts = 5

/** Starts Postgres, or takes over the one an earlier instance left when it runs as we would start it. */
export async function serve(options: ServeOptions): Promise<{ postmaster: Postmaster; port: number }> {
  const { home, native, log } = options
  const wished = options.port ?? home.port ?? defaultPort
  const settingsChanged = writeSettings(home, options.settings)
  const sameCommand = [
    programPath(native, 'postgres'),
    ...commandArgs(options, wished).map(arg => `"${arg}"`),
  ].join(' ')
  const left = await recover({
    ...home,
    native,
    log,
    mayServe: commandLine => !settingsChanged && commandLine.trim() === sameCommand,
  })
  if (left !== undefined) return { postmaster: left, port: wished }

  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(wished)
    try {
      const postmaster = await launch({ ...home, native, args: commandArgs(options, port) })
      home.rememberPort(port)
      log.info('postgres.started', { pid: postmaster.pid, port })
      return { postmaster, port }
    } catch (error) {
      if (attempt === portAttempts || (await findFreePort(port)) === port) throw error
    }
  }
}

/**
 * Starts Postgres again where it was: whoever is connected finds it at the same address. Another program may have taken
 * its port meanwhile. The platform does not need it, for it connects over the socket, whose name stays: Postgres then
 * goes on without one, and the next start of the server chooses another.
 */
export async function serveAgain(options: ServeOptions, port: number): Promise<Postmaster> {
  const { home, native, log } = options
  await recover({ ...home, native, log, mayServe: () => false })
  const isLost = process.platform !== 'win32' && (await findFreePort(port)) !== port
  if (isLost) log.warn('postgres.port-lost', { port })
  const args = commandArgs(options, port, isLost ? '' : undefined)
  return await launch({ ...home, native, args })
}

function commandArgs({ home, settings }: ServeOptions, port: number, addresses?: string): string[] {
  return ['-D', home.pgData, ...essentialArgs({ socketDir: home.socketDir, port, addresses }, settings)]
}

/** Writes the settings; tells whether they differ from the last time. */
function writeSettings({ pgData, user }: Home, overrides: ServerSettings): boolean {
  const file = join(pgData, 'cloudbox.conf')
  const text = settingsFile(overrides)
  if (readIfThere(file) === text) return false
  writeFileSync(file, text, { mode: 0o600 })
  if (user.uid !== undefined) chownSync(file, user.uid, user.gid ?? user.uid)
  return true
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
