import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Notice } from './kernel/module.ts'
import { StartProblem } from './kernel/postgres/start-problem.ts'

/** What opens everything else, and belongs to the server's own user alone. */
const secretFiles = ['master.key', 'keys.json']

/**
 * Looks who else could get at the data folder. Does nothing where files have no modes.
 * @throws StartProblem where another user could take what is sealed, or put something of his own in its place
 */
export async function checkDataFolder(dataDir: string): Promise<Notice[]> {
  if (process.platform === 'win32') return []
  for (const file of secretFiles) {
    const path = join(dataDir, file)
    if (((await modeOf(path)) & 0o077) !== 0) throw tooOpen(path, `chmod 600 ${path}`)
  }
  const mode = await modeOf(dataDir)
  if ((mode & 0o022) !== 0) throw tooOpen(dataDir, `chmod 700 ${dataDir}`)
  if ((mode & 0o044) === 0) return []
  return [
    {
      code: 'server/data-folder-readable',
      detail: `Other users of this machine can list what is in ${dataDir}.`,
      hint: `chmod 700 ${dataDir}`,
    },
  ]
}

function tooOpen(path: string, mend: string): StartProblem {
  return new StartProblem(
    'server/data-folder-open',
    `Other users of this machine can get at ${path}.`,
    `${mend} (and make new keys, if others may have been there).`,
  )
}

/** Permission bits; none of what is not there. */
async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode & 0o777
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return 0
    throw error
  }
}
