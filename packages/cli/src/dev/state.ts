import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from '../project/find-project.ts'
import type { LocalEnvironment } from '../project/target.ts'
import type { LocalOwner } from './local-owner.ts'

/** What `cloudbox dev` keeps from start to start and other commands read: `.cloudbox/dev.json`. */
export interface DevState extends LocalEnvironment {
  /** Name of the project: later names of the app do not change it. */
  readonly project: string
  readonly port: number
  /** Who owns the server, unless somebody else does. */
  readonly owner?: LocalOwner
}

const fileName = 'dev.json'

/** Makes `.cloudbox/`, which no version control takes. */
export async function prepareState({ state }: Project): Promise<void> {
  await mkdir(state, { recursive: true })
  await writeFile(join(state, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** Undefined when there is none, or none that can be read: nothing in it cannot be made anew. */
export async function readState({ state }: Project): Promise<Partial<DevState> | undefined> {
  try {
    return JSON.parse(await readFile(join(state, fileName), 'utf8')) as Partial<DevState>
  } catch {
    return undefined
  }
}

/** Whoever reads it finds the old or the new one, and only the owner can. */
export async function writeState({ state }: Project, known: DevState): Promise<void> {
  const draft = join(state, `${fileName}.${process.pid}`)
  await rm(draft, { force: true })
  await writeFile(draft, `${JSON.stringify(known, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(draft, join(state, fileName))
}

export function isRunning(pid: number | undefined): boolean {
  if (pid === undefined || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
