import { readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartProblem } from './start-problem.ts'

/** The user Postgres runs as. Empty: ours. */
export interface ServerUser {
  readonly uid?: number
  readonly gid?: number
}

/**
 * Chooses the user Postgres runs as: it refuses to run as root.
 *
 * The owner of an existing data directory stays, whatever users have come since. A new one belongs to `postgres`,
 * else to `nobody`, else to any other account: it needs an entry in the account list because initdb looks its
 * own name up.
 *
 * @param pgData data directory of the cluster, which need not exist
 */
export function chooseServerUser(pgData: string): ServerUser {
  if (process.getuid?.() !== 0) return {}
  const owner = statSync(pgData, { throwIfNoEntry: false })
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const accounts = readAccounts()
  const account =
    accounts.find(({ name }) => name === 'postgres') ??
    accounts.find(({ name }) => name === 'nobody') ??
    accounts.find(({ uid }) => uid !== 0)
  if (account !== undefined) return { uid: account.uid, gid: account.gid }
  throw new StartProblem(
    'postgres/no-user',
    'Postgres refuses to run as root, and this machine has no other account.',
    'Add one (adduser --system postgres) or start as an ordinary user.',
  )
}

/** Whether a user can reach a path: every folder above it lets the user through, and the path itself is readable. */
export function canReach(path: string, { uid, gid }: ServerUser): boolean {
  if (uid === undefined) return true
  const real = realpathSync(path)
  if (!hasRights(real, 0o5, uid, gid)) return false
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    if (!hasRights(folder, 0o1, uid, gid)) return false
    if (folder === dirname(folder)) return true
  }
}

/** Right bits as in one digit of a file's mode: 4 read, 1 enter or run. */
function hasRights(path: string, rights: number, uid: number, gid: number | undefined): boolean {
  const { mode, uid: owner, gid: group } = statSync(path)
  const granted = owner === uid ? mode >> 6 : group === gid ? mode >> 3 : mode
  return (granted & rights) === rights
}

function readAccounts(): { name: string; uid: number; gid: number }[] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map(line => line.split(':'))
      .filter(fields => fields.length >= 4)
      .map(([name, , uid, gid]) => ({ name: name!, uid: Number(uid), gid: Number(gid) }))
  } catch {
    return []
  }
}
