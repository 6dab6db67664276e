import { join } from 'node:path'
import type { DefinedSchema } from '@cloudbox/client/schema'
import { failure } from '../failure.ts'
import type { Project } from './find-project.ts'
import { loadSource, readText, shown } from './load-module.ts'

/** The file the structure stands in. */
export function schemaPath({ folder }: Pick<Project, 'folder'>): string {
  return join(folder, 'schema.ts')
}

/** What `cloudbox/schema.ts` says. @throws Failure `cli/no-schema`, `cli/cannot-load` */
export async function loadSchema(project: Project): Promise<DefinedSchema> {
  const path = schemaPath(project)
  const text = await readText(path)
  if (text !== undefined) return schemaFrom(project, text)
  throw failure(
    'no-schema',
    `There is no ${shown(project, path)}.`,
    'Write one, or take it over from the environment: cloudbox schema pull.',
  )
}

/** What a text says that stands, or is to stand, in that file. */
export async function schemaFrom(project: Project, text: string): Promise<DefinedSchema> {
  const path = schemaPath(project)
  const schema = (await loadSource(project, path, text)) as Partial<DefinedSchema> | null
  if (Array.isArray(schema?.collections)) return { using: {}, ...schema } as DefinedSchema
  throw failure(
    'cannot-load',
    `What ${shown(project, path)} exports by default is no schema.`,
    'export default defineSchema({ … })',
  )
}
