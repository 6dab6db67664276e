import type { ClientTransform } from '@cloudbox/client/schema'
import type { OnlineChangeReply } from '@cloudbox/protocol/schema-changes'
import type { MigratedUp } from '@cloudbox/protocol/schema-replies'
import { at } from '../api.ts'
import { Failure, failure } from '../failure.ts'
import type { Project } from '../project/find-project.ts'
import { migrationsFolder, type MigrationFile } from '../project/load-migrations.ts'
import { shown } from '../project/load-module.ts'
import { migrationPlaces } from '../project/migration-lines.ts'
import type { Target } from '../project/target.ts'

/**
 * The function a migration that goes on needs from its file; undefined where the server computes the values.
 * @throws Failure `cli/cannot-load`
 */
export async function transformFor(
  {
    project,
    target: { api },
    files,
  }: {
    readonly project: Project
    readonly target: Pick<Target, 'api'>
    readonly files: readonly MigrationFile[]
  },
  { name, change }: NonNullable<MigratedUp['running']>,
): Promise<ClientTransform | undefined> {
  const { isByClient } = await api.get<OnlineChangeReply>(at`/schema/changes/${change}`)
  if (!isByClient) return undefined
  const file = files.find(one => one.name === name)
  if (file === undefined)
    throw failure(
      'cannot-load',
      `${name} needs a function that ${shown(project, migrationsFolder(project))} has no file of.`,
      'Bring its file back, or end it: cloudbox migrate cancel.',
    )
  await refuseMissing(project, files, [name])
  return file.transforms[0]
}

/** That migrations are to be computed by functions that are not there. @throws Failure `cli/cannot-load` */
export async function refuseMissing(
  project: Project,
  files: readonly MigrationFile[],
  names: readonly string[],
): Promise<void> {
  for (const { name, operations, transforms } of files.filter(one => names.includes(one.name))) {
    const missing = operations.findIndex(
      (operation, i) =>
        'using' in operation &&
        operation.using !== undefined &&
        'client' in operation.using &&
        transforms[i] === undefined,
    )
    if (missing === -1) continue
    const message = '{ client: true } stands for a function, and there is none'
    const errors = await migrationPlaces(project, files, [
      { at: `/migrations/${name}/operations/${missing}`, message },
    ])
    throw new Failure({
      code: 'cli/cannot-load',
      detail: `${name}: ${message}.`,
      hint: 'Give changeField the function: { using: document => … }.',
      errors,
    })
  }
}
