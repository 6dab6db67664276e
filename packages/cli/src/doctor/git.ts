import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What git says about a folder; undefined where it has nothing to say: no repository, no git, or no for an answer. */
export async function git(folder: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', args, {
      cwd: folder,
      timeout: 10_000,
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  } catch {
    return undefined
  }
}
