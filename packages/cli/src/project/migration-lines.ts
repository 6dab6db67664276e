import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { Failure } from '../failure.ts'
import type { Project } from './find-project.ts'
import type { MigrationFile } from './load-migrations.ts'
import { shown } from './load-module.ts'
import { partsOf } from './push-schema.ts'

/** Does something with migrations; places in what the server finds wrong become lines of their files. */
export async function withMigrationLines<T>(
  project: Project,
  files: readonly MigrationFile[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure) || error.body.errors === undefined) throw error
    const errors = await migrationPlaces(project, files, error.body.errors)
    throw new Failure({ ...error.body, errors }, error.exitCode)
  }
}

/** `/migrations/<name>/operations/3` → `cloudbox/migrations/<name>.ts:12:5`. */
export async function migrationPlaces(
  project: Project,
  files: readonly MigrationFile[],
  details: readonly ProblemDetail[],
): Promise<ProblemDetail[]> {
  const { placeIn } = await import('./place-in.ts')
  const placed: ProblemDetail[] = []
  for (const one of details) {
    const [word, name, ...parts] = partsOf(one.at)
    const file = word === 'migrations' ? files.find(known => known.name === name) : undefined
    const at =
      file === undefined ? one.at : ((await placeIn(project, file.path, parts)) ?? shown(project, file.path))
    placed.push({ ...one, at })
  }
  return placed
}
