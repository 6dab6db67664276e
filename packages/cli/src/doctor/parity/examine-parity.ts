import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import type { MigrationsPlan, MigrationsReply, SchemaReply } from '@cloudbox/protocol/schema-replies'
import type { ServerFacts, VariableNames } from '@cloudbox/protocol/server-facts'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Setting } from '../../command.ts'
import { isRunning, readState } from '../../dev/state.ts'
import { Failure } from '../../failure.ts'
import { environmentApi, type EnvironmentApi } from '../../project/environment-api.ts'
import { projectHere, type Project } from '../../project/find-project.ts'
import { loadMigrations, toWire } from '../../project/load-migrations.ts'
import { loadSchema } from '../../project/load-schema.ts'
import { targetOf } from '../../project/target.ts'
import { compareItems, leftOut, parityOf, type ComparedArea, type Parity } from './compare.ts'
import { accountItems, collectionItems, limitItems, serverItems, variableItems, type Items } from './items.ts'

export interface ExaminedParity extends Parity {
  /** `app/dev`, or the file where nothing runs here. */
  readonly here: string
  readonly there: string
}

/** One side's answers and how they become items; an area is left out where one of both does not answer. */
interface Area<T> {
  readonly name: string
  readonly path: string
  items(answer: T): Items
}

const areas: readonly Area<never>[] = [
  { name: 'accounts', path: '/auth/settings', items: (answer: AuthSettings) => accountItems(answer) },
  { name: 'server', path: '/platform/server', items: (answer: ServerFacts) => serverItems(answer) },
  { name: 'limits', path: '/limits', items: (answer: Record<string, number | null>) => limitItems(answer) },
  { name: 'variables', path: '/platform/variables', items: (answer: VariableNames) => variableItems(answer) },
]

/** Compares what runs here, or else the files of the app, with an environment of a server. */
export async function examineParity(
  setting: Setting,
  options: { readonly project?: string | undefined; readonly parity: string },
): Promise<ExaminedParity> {
  const project = projectHere(setting.cwd)
  const remote = await targetOf(setting, { project: options.project, env: options.parity })
  const local = await localOf(project)
  const here = local?.api
  const compared = await Promise.all([
    compareCollections(project, here, remote.api),
    compareMigrations(project, here, remote.api),
    ...areas.map(area => compareArea(area as Area<unknown>, here, remote.api)),
  ])
  return { here: local?.name ?? 'cloudbox/schema.ts', there: remote.name, ...parityOf(compared) }
}

async function localOf(
  project: Project,
): Promise<{ readonly name: string; readonly api: EnvironmentApi } | undefined> {
  const { environmentUrl, secretKey, pid } = (await readState(project)) ?? {}
  if (environmentUrl === undefined || secretKey === undefined || !isRunning(pid)) return undefined
  const name = new URL(environmentUrl).pathname.slice(1)
  return { name, api: environmentApi(environmentUrl, { key: secretKey }) }
}

async function compareCollections(
  project: Project,
  here: EnvironmentApi | undefined,
  there: EnvironmentApi,
): Promise<ComparedArea> {
  const { collections } = await there.get<SchemaReply>('/schema')
  const ours: readonly CollectionDefinition[] =
    here === undefined
      ? (await loadSchema(project)).collections
      : (await here.get<SchemaReply>('/schema')).collections
  // Files that say nothing about users leave them as they are.
  const leavesUsers = here === undefined && !ours.some(({ name }) => name === 'users')
  const theirs = leavesUsers ? collections.filter(({ name }) => name !== 'users') : collections
  return compareItems('collections', collectionItems(ours), collectionItems(theirs))
}

/** While developing nothing is applied as a migration: the files of the app are what is here, where there are any. */
async function compareMigrations(
  project: Project,
  here: EnvironmentApi | undefined,
  there: EnvironmentApi,
): Promise<ComparedArea> {
  const area = 'migrations'
  return unlessDenied(area, async () => {
    const files = await loadMigrations(project)
    const { applied } = await there.get<MigrationsReply>('/schema/migrations')
    const theirs = new Map(applied.map(({ name, state }) => [name, state as string]))
    if (files.length > 0) {
      const plan = await there.post<MigrationsPlan>('/schema/migrations/plan', { migrations: toWire(files) })
      for (const { name, state } of plan.migrations)
        if (state === 'edited') theirs.set(name, 'applied, and its file edited since')
      return compareItems(area, new Map(files.map(({ name }) => [name, 'applied'])), theirs)
    }
    if (here === undefined) return leftOut(area, 'there are no files in cloudbox/migrations')
    const { applied: ours } = await here.get<MigrationsReply>('/schema/migrations')
    const hashes = (all: typeof ours) => new Map(all.map(({ name, hash }) => [name, hash]))
    return compareItems(area, hashes(ours), hashes(applied))
  })
}

async function compareArea(
  { name, path, items }: Area<unknown>,
  here: EnvironmentApi | undefined,
  there: EnvironmentApi,
): Promise<ComparedArea> {
  if (here === undefined) return leftOut(name, '"cloudbox dev" does not run here')
  return unlessDenied(name, async () => {
    const [ours, theirs] = await Promise.all([here.get<unknown>(path), there.get<unknown>(path)])
    return compareItems(name, items(ours), items(theirs))
  })
}

/** Whoever may not see a part, or asks a server that does not know it yet, gets the rest compared. */
async function unlessDenied(area: string, work: () => Promise<ComparedArea>): Promise<ComparedArea> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, detail } = error.body
    if (code !== 'platform/not-allowed' && code !== 'http/not-found') throw error
    return leftOut(area, detail)
  }
}
