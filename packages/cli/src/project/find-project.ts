import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { failure } from '../failure.ts'

/** An app's folder as the command line sees it. */
export interface Project {
  /** The folder that holds `cloudbox/`. */
  readonly root: string
  /** `cloudbox/`: schema, migrations, seeds; under version control. */
  readonly folder: string
  /** `.cloudbox/`: what `cloudbox dev` keeps; not under version control. */
  readonly state: string
}

export function projectAt(root: string): Project {
  return { root, folder: join(root, 'cloudbox'), state: join(root, '.cloudbox') }
}

/** The nearest folder above that holds `cloudbox/`, as git looks for `.git`. */
export function findProject(from: string): Project | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'cloudbox'))) return projectAt(folder)
    if (folder === dirname(folder)) return undefined
  }
}

/** @throws Failure `cli/no-project` */
export function projectHere(from: string): Project {
  const project = findProject(from)
  if (project !== undefined) return project
  throw failure(
    'no-project',
    `There is no folder cloudbox/ in ${resolve(from)} nor above it.`,
    'Make an app with "cloudbox create my-app", or begin here with "cloudbox dev".',
  )
}
