import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartProblem } from './start-problem.ts'
import { canReach, chooseServerUser, type ServerUser } from './user.ts'

/** Where a cluster lives and what it remembers from start to start. */
export interface Home {
  readonly user: ServerUser
  /** The data directory of Postgres itself. */
  readonly pgData: string
  /** Folder of the unix socket, for the user of Postgres only. */
  readonly socketDir: string
  readonly logFile: string
  /** Folder the user of Postgres can reach, for a copy of the programs. */
  readonly folder: string
  readonly password: string
  /** TCP port of the last start. */
  readonly port: number | undefined
  rememberPort(port: number): void
}

interface Memory {
  readonly password: string
  /** Where Postgres lives when it cannot live in the data directory. Not said otherwise: people move folders. */
  readonly folder?: string
  readonly port?: number
}

/** Longest path of a unix socket every system takes (macOS: 104 bytes with the closing zero). */
const socketPathLimitBytes = 103
const socketName = '.s.PGSQL.65535'

/** Finds or makes the folders of the cluster that belongs to a data directory. */
export function openHome(dataDir: string): Home {
  const file = join(dataDir, 'cluster.json')
  let memory = readMemory(file) ?? firstMemory(dataDir)
  writeMemory(file, memory)
  const folder = memory.folder ?? dataDir
  refuseGone(folder, dataDir)
  const user = chooseServerUser(join(folder, 'postgres'))
  makeReachable(folder, user)

  return {
    user,
    pgData: join(folder, 'postgres'),
    socketDir: prepareSocketDir(folder, user),
    logFile: join(dataDir, 'postgres.log'),
    folder,
    password: memory.password,
    port: memory.port,
    rememberPort: port => {
      if (port === memory.port) return
      memory = { ...memory, port }
      writeMemory(file, memory)
    },
  }
}

/** What an earlier start has left in a data directory; nothing is made. */
export function recallHome(dataDir: string): (Memory & { readonly folder: string }) | undefined {
  const memory = readMemory(join(dataDir, 'cluster.json'))
  return memory && { ...memory, folder: memory.folder ?? dataDir }
}

/**
 * The user of Postgres must reach its data. Below a closed folder such as /root it cannot, and opening that one to
 * others is not ours to do: the cluster then lives in /var/lib.
 */
function firstMemory(dataDir: string): Memory {
  const password = randomBytes(24).toString('base64url')
  const user = chooseServerUser(join(dataDir, 'postgres'))
  if (makeReachable(dataDir, user)) return { password }
  const folder = join('/var/lib/cloudbox', randomBytes(6).toString('hex'))
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    if (makeReachable(folder, user)) return { password, folder }
  } catch {
    // Said below, whatever the reason.
  }
  throw new StartProblem(
    'postgres/unreachable-folder',
    `Postgres does not run as root, and its user (uid ${user.uid}) can reach neither ${dataDir} nor /var/lib/cloudbox.`,
    'Choose a --data-dir every user can reach, e.g. below /srv, or start as an ordinary user.',
  )
}

function refuseGone(folder: string, dataDir: string): void {
  if (existsSync(folder)) return
  throw new StartProblem(
    'postgres/unreachable-folder',
    `The data of ${dataDir} lies in ${folder}, which is gone.`,
    `Bring it back, or remove ${dataDir} to begin with an empty one.`,
  )
}

function makeReachable(folder: string, user: ServerUser): boolean {
  if (user.uid === undefined) return true
  // What is inside has modes of its own.
  if (!canReach(folder, user)) chmodSync(folder, 0o755)
  return canReach(folder, user)
}

/** A short path is needed, so a long data directory gets its socket in the folder for temporary files. */
function prepareSocketDir(folder: string, user: ServerUser): string {
  const beside = join(folder, 'socket')
  const short = join(tmpdir(), `cloudbox-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`)
  const fits = Buffer.byteLength(join(beside, socketName)) <= socketPathLimitBytes
  const path = fits ? beside : short
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const owner = statSync(path)
  const ours = process.getuid?.()
  if (ours !== undefined && ours !== 0 && owner.uid !== ours) {
    throw new StartProblem(
      'postgres/unreachable-folder',
      `The folder ${path} for the socket of Postgres belongs to another user (uid ${owner.uid}).`,
      'Remove it, or choose a --data-dir with a shorter path.',
    )
  }
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid ?? user.uid)
  chmodSync(path, 0o700)
  return path
}

function readMemory(file: string): Memory | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Memory
  } catch {
    return undefined
  }
}

function writeMemory(file: string, memory: Memory): void {
  const draft = `${file}.draft`
  writeFileSync(draft, `${JSON.stringify(memory, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}
