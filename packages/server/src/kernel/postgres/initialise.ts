import { spawn } from 'node:child_process'
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { programPath, type Native } from './native.ts'
import { accessFile } from './settings.ts'
import { StartProblem } from './start-problem.ts'
import type { ServerUser } from './user.ts'

export interface InitialiseOptions {
  readonly pgData: string
  readonly native: Native
  readonly user: ServerUser
  /** `false` skips flushing to disk: for clusters nobody will miss. */
  readonly sync: boolean
}

/** The name of the platform's own database user. */
export const superuser = 'postgres'

/**
 * Makes the data directory of Postgres when there is none. It is made under another name and renamed when whole, so
 * that a start that was killed leaves nothing half done.
 *
 * @returns whether it was made now
 */
export async function initialise(options: InitialiseOptions): Promise<boolean> {
  const { pgData, native } = options
  removeUnfinished(pgData)
  if (existsSync(join(pgData, 'PG_VERSION'))) {
    refuseOtherVersion(pgData, native)
    return false
  }
  refuseForeignFolder(pgData)
  const unfinished = `${pgData}.init-${process.pid}`
  mkdirSync(unfinished, { mode: 0o700 })
  const { uid, gid } = options.user
  if (uid !== undefined) chownSync(unfinished, uid, gid ?? uid)
  await runInitdb(unfinished, options)
  appendFileSync(join(unfinished, 'postgresql.conf'), "\ninclude_if_exists 'cloudbox.conf'\n")
  writeFileSync(join(unfinished, 'pg_hba.conf'), accessFile)
  renameSync(unfinished, pgData)
  return true
}

async function runInitdb(folder: string, { native, user, sync }: InitialiseOptions): Promise<void> {
  const args = ['-D', folder, '-U', superuser, '-E', 'UTF8', '--no-instructions']
  // Sorting by code point, the same on every machine and in JavaScript; no dependence on the system's locales.
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C')
  // Nobody connects before pg_hba.conf is replaced by ours; the password is set at the first connection.
  args.push('--auth=trust')
  if (!sync) args.push('--no-sync')
  const child = spawn(programPath(native, 'initdb'), args, {
    ...user,
    cwd: folder,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', piece => (output += String(piece)))
  child.stderr.on('data', piece => (output += String(piece)))
  const failure = await new Promise<string | undefined>(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `exit ${code ?? signal}\n${output}`),
    )
  })
  if (failure === undefined) return
  rmSync(folder, { recursive: true, force: true })
  throw new StartProblem(
    'postgres/init-failed',
    `Postgres could not make its data directory: ${failure.trim()}`,
    'Check that the disk has room and that programs may run from node_modules; DATABASE_URL uses another Postgres.',
  )
}

function removeUnfinished(pgData: string): void {
  const prefix = `${basename(pgData)}.init-`
  for (const name of readdirSync(dirname(pgData))) {
    if (!name.startsWith(prefix)) continue
    // An initdb that outlived its parent may still be writing there.
    rmSync(join(dirname(pgData), name), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

function refuseOtherVersion(pgData: string, native: Native): void {
  const version = readFileSync(join(pgData, 'PG_VERSION'), 'utf8').trim()
  if (version === String(native.major)) return
  throw new StartProblem(
    'postgres/other-version',
    `The data in ${pgData} was made by Postgres ${version}; this CloudBox brings Postgres ${native.major}.`,
    `Export it with the CloudBox that made it (pg_dump of Postgres ${version}) and import it into a new --data-dir, or run a Postgres ${version} on it and set DATABASE_URL.`,
  )
}

function refuseForeignFolder(pgData: string): void {
  if (!existsSync(pgData)) return
  if (readdirSync(pgData).length === 0) return rmdirSync(pgData)
  throw new StartProblem(
    'postgres/foreign-folder',
    `The folder ${pgData} is not empty and holds no Postgres data.`,
    'Move it away, or choose another --data-dir.',
  )
}
