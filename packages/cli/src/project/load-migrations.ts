import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DefinedMigration } from '@cloudbox/client/schema'
import type { Migration } from '@cloudbox/protocol/schema'
import { failure } from '../failure.ts'
import type { Project } from './find-project.ts'
import { loadModule, shown } from './load-module.ts'

/** A migration with the file it stands in. */
export interface MigrationFile extends DefinedMigration {
  readonly name: string
  readonly path: string
}

export function migrationsFolder({ folder }: Pick<Project, 'folder'>): string {
  return join(folder, 'migrations')
}

/** Every migration of an app, in the order of names. @throws Failure `cli/cannot-load` */
export async function loadMigrations(project: Project): Promise<MigrationFile[]> {
  const folder = migrationsFolder(project)
  const names = (await readNames(folder)).filter(
    name => /\.[mc]?[jt]s$/.test(name) && !name.endsWith('.d.ts'),
  )
  const files: MigrationFile[] = []
  for (const file of names.toSorted()) {
    const path = join(folder, file)
    const name = file.replace(/\.[mc]?[jt]s$/, '')
    if (!/^[A-Za-z0-9_-]{1,120}$/.test(name))
      throw failure(
        'cannot-load',
        `${shown(project, path)}: a migration is named with letters, digits, _ and -.`,
        'Rename the file.',
      )
    const loaded = (await loadModule(project, path)) as Partial<DefinedMigration> | null
    if (!Array.isArray(loaded?.operations) || !Array.isArray(loaded.parents))
      throw failure(
        'cannot-load',
        `What ${shown(project, path)} exports by default is no migration.`,
        'export default migration({ parents: […], operations: […] })',
      )
    const { parents, operations, transforms = {} } = loaded
    files.push({ name, path, parents, operations, transforms })
  }
  return files
}

/** As they are sent. */
export function toWire(files: readonly MigrationFile[]): Migration[] {
  return files.map(({ name, parents, operations }) => ({ name, parents, operations }))
}

/** Those that no other was made after. */
export function headsOf(files: readonly Pick<Migration, 'name' | 'parents'>[]): string[] {
  const parents = new Set(files.flatMap(file => file.parents))
  return files.map(({ name }) => name).filter(name => !parents.has(name))
}

async function readNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
