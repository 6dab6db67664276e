import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** Makes a repository of the folder, unless it is in one or git is not there. @returns whether it did */
export async function initRepository(folder: string): Promise<boolean> {
  if (isInRepository(folder)) return false
  try {
    await promisify(execFile)('git', ['init', '--quiet', '--initial-branch=main'], { cwd: folder })
    return true
  } catch {
    // An app is an app without it.
    return false
  }
}

function isInRepository(from: string): boolean {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return true
    if (folder === dirname(folder)) return false
  }
}
