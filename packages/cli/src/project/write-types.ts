import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from './find-project.ts'
import { readText, shown } from './load-module.ts'
import { printTypes } from './print-types.ts'

export function typesPath({ folder }: Pick<Project, 'folder'>): string {
  return join(folder, 'types.ts')
}

/** Writes the types of all documents into `cloudbox/types.ts`, unless they stand there. */
export async function writeTypes(
  project: Project,
  collections: Parameters<typeof printTypes>[0],
): Promise<{ readonly file: string; readonly isChanged: boolean }> {
  const path = typesPath(project)
  const text = printTypes(collections)
  const isChanged = (await readText(path)) !== text
  if (isChanged) {
    await mkdir(project.folder, { recursive: true })
    await writeFile(path, text)
  }
  return { file: shown(project, path), isChanged }
}
