import type { UsingHint } from '@cloudbox/client/schema'
import type { Transform } from '@cloudbox/protocol/schema'
import type { SchemaApplied, SchemaRenames } from '@cloudbox/protocol/schema-replies'
import { Failure } from '../failure.ts'
import type { Project } from './find-project.ts'
import { loadSchema, schemaPath } from './load-schema.ts'
import type { Target } from './target.ts'

/**
 * Makes the structure of an environment what `cloudbox/schema.ts` says: all of it or nothing. What is dropped is kept
 * in the trash.
 *
 * @throws Failure what the server found wrong, with lines of the file; `cli/cannot-load`
 */
export async function pushSchema(
  project: Project,
  { api }: Pick<Target, 'api'>,
  {
    renames,
    versions,
  }: { readonly renames?: SchemaRenames; readonly versions?: Readonly<Record<string, number>> } = {},
): Promise<SchemaApplied> {
  const { collections, using } = await loadSchema(project)
  return withLines(project, collections, () =>
    api.post<SchemaApplied>('/schema/apply', {
      collections,
      using: Object.fromEntries(Object.entries(using).map(([field, hint]) => [field, transformOf(hint)])),
      ...(renames === undefined ? {} : { renames }),
      ...(versions === undefined ? {} : { versions }),
    }),
  )
}

export function transformOf(hint: UsingHint): Transform {
  return typeof hint === 'string' ? { cel: hint } : hint
}

/** Does something with a schema; places in what the server finds wrong become lines of its file. */
export async function withLines<T>(
  project: Project,
  collections: readonly { readonly name: string }[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure) || error.body.errors === undefined) throw error
    const path = schemaPath(project)
    const { placeIn } = await import('./place-in.ts')
    const known = new Set(collections.map(({ name }) => name))
    const errors = []
    for (const one of error.body.errors) {
      const [name = '', ...rest] = partsOf(one.at)
      const place = known.has(name) ? await placeIn(project, path, [name, ...rest]) : undefined
      errors.push(place === undefined ? one : { ...one, at: place })
    }
    throw new Failure({ ...error.body, errors }, error.exitCode)
  }
}

/** The parts of a place: `/todos/policies/list[4:9]`. */
export function partsOf(at: string): string[] {
  return at
    .replace(/\[\d+:\d+\]$/, '')
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}
