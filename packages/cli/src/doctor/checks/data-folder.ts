import { access, constants, stat, statfs } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ok, problem, warning, type Check, type Finding } from '../check.ts'
import type { Patient } from '../patient.ts'

/** With less the embedded Postgres takes no writes. */
const leastBytes = 268_435_456
const fewBytes = 4 * leastBytes

/** What lets whoever reads it into the database or into what it seals. */
const secretFiles = ['dev.json', 'data/cluster.json', 'data/keys.json', 'data/master.key']

export const dataFolder: Check = {
  name: 'data-folder',
  title: 'Data folder',
  look: async ({ project, setting }) => {
    if (project === undefined) return []
    const shown = relative(setting.cwd, project.state) || '.'
    const folder = await stat(project.state).catch(() => undefined)
    if (folder === undefined)
      return [ok(`${shown} is not there yet: "cloudbox dev" makes it.`), await room(project.root, 'The disk')]
    const mine = process.getuid?.()
    if (mine !== undefined && mine !== 0 && folder.uid !== mine)
      return [
        problem(
          `${shown} belongs to user ${folder.uid}, not to you (${mine}).`,
          `sudo chown -R ${mine} ${shown}`,
        ),
      ]
    const mayWrite = await access(project.state, constants.R_OK | constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    )
    if (!mayWrite) return [problem(`${shown} cannot be read and written.`, `chmod u+rwx ${shown}`)]
    return [await room(project.state, shown), ...(await open(project.state, shown))]
  },
}

async function room(folder: string, shown: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const found = `${shown} has ${(free / 1e9).toFixed(1)} GB free.`
  const mend = 'Make room: with less than 0.3 GB the database takes no more writes.'
  if (free < leastBytes) return problem(found, mend)
  return free < fewBytes ? warning(found, mend) : ok(found)
}

async function open(state: NonNullable<Patient['project']>['state'], shown: string): Promise<Finding[]> {
  if (process.platform === 'win32') return []
  const findings: Finding[] = []
  for (const name of secretFiles) {
    const mode = (await stat(join(state, name)).catch(() => undefined))?.mode ?? 0
    if ((mode & 0o077) === 0) continue
    const file = join(shown, name)
    findings.push(problem(`${file} can be read by other users; it holds keys.`, `chmod 600 ${file}`))
  }
  return findings
}
