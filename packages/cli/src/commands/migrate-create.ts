import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MigrationOperation } from '@cloudbox/protocol/schema'
import type { SchemaPlan, SchemaRenames } from '@cloudbox/protocol/schema-replies'
import { command, type Outcome, type Setting } from '../command.ts'
import { failure } from '../failure.ts'
import { projectHere, type Project } from '../project/find-project.ts'
import { headsOf, loadMigrations, migrationsFolder, toWire } from '../project/load-migrations.ts'
import { shown } from '../project/load-module.ts'
import { loadSchema } from '../project/load-schema.ts'
import { transformOf, withLines } from '../project/push-schema.ts'
import { readRenames, renameOption } from '../project/renames.ts'
import { targetOf, targetOptions } from '../project/target.ts'
import { stepLines } from '../step-text.ts'
import { ask } from '../terminal/prompt.ts'

export const createMigration = command({
  name: 'migrate create',
  summary: 'Make a migration of what cloudbox/schema.ts says and the migrations do not yet',
  description:
    'Compares the schema with what all migrations of the folder make, and writes the difference as operations into a new file. It comes after all that have no successor, so that it joins branches. A new name is never guessed: you are asked, or say --rename.',
  arguments: { name: { description: 'What it does: add_priority', optional: true } },
  options: {
    ...targetOptions,
    ...renameOption,
    empty: { type: 'boolean', description: 'Without looking at the schema: a file to be written by hand' },
  },
  examples: [
    'cloudbox migrate create add_priority',
    'cloudbox migrate create --rename people.age=years',
    'cloudbox migrate create --empty backfill_totals',
  ],
  async run(setting, { arguments: given, options }) {
    const project = projectHere(setting.cwd)
    const name = given.name === undefined ? undefined : slugOf(given.name)
    const files = await loadMigrations(project)
    const parents = headsOf(files)
    if (options.empty === true)
      return write(setting, project, { name: name ?? 'by_hand', parents, known: files }, [])
    const target = await targetOf(setting, options)
    const { collections, using } = await loadSchema(project)
    const plan = (renames: SchemaRenames) =>
      withLines(project, collections, () =>
        target.api.post<SchemaPlan>('/schema/plan', { collections, migrations: toWire(files), renames }),
      )
    const told = readRenames(options.rename)
    const first = await plan(told)
    const perhaps = possibleRenames(first.operations)
    const asked = setting.terminal.isInteractive ? await askRenames(setting, perhaps) : []
    const final = asked.length === 0 ? first : await plan(merged(told, asked))
    const operations = final.operations.map((operation): MigrationOperation => {
      const hint = operation.do === 'change-field' && using[`${operation.collection}.${operation.field}`]
      return operation.do === 'change-field' && hint ? { ...operation, using: transformOf(hint) } : operation
    })
    if (operations.length === 0 && parents.length < 2)
      return {
        json: { file: null, operations },
        text: 'The migrations make what cloudbox/schema.ts says; there is nothing to do.',
      }
    const outcome = await write(
      setting,
      project,
      { name: name ?? usualName(operations), parents, known: files },
      operations,
    )
    const lines = stepLines(setting.terminal, final.steps, false)
    const doubts = setting.terminal.isInteractive
      ? []
      : perhaps.map(
          ({ from, to }) => `Was ${from} renamed? Then remove the file and say --rename ${from}=${to}`,
        )
    return {
      ...outcome,
      text: [...lines, ...(lines.length === 0 ? [] : ['']), outcome.text].join('\n'),
      notes: [...doubts, 'Next: cloudbox migrate plan, then cloudbox migrate up'],
    }
  },
})

interface NewMigration {
  readonly name: string
  readonly parents: readonly string[]
  /** Those there are. */
  readonly known: readonly { readonly name: string }[]
}

async function write(
  { terminal }: Pick<Setting, 'terminal'>,
  project: Project,
  { name, parents, known }: NewMigration,
  operations: readonly MigrationOperation[],
): Promise<Outcome> {
  const { printMigration } = await import('../project/source/print-migration.ts')
  const folder = migrationsFolder(project)
  await mkdir(folder, { recursive: true })
  const stamp = nextStamp(known)
  const path = join(folder, `${stamp}_${name}.ts`)
  const file = shown(project, path)
  try {
    await writeFile(path, printMigration(parents, operations), { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw failure('usage', `${file} is there already.`, 'Give it another name.')
  }
  const joins = parents.length > 1 ? `, which joins ${parents.join(' and ')}` : ''
  return {
    json: { file, name: `${stamp}_${name}`, parents, operations },
    text: `${terminal.paint('green', '✓')} Wrote ${file}${joins}.`,
  }
}

/** The time, but behind every other file: a folder is read from top to bottom. */
function nextStamp(known: readonly { readonly name: string }[]): string {
  const now = BigInt(new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14))
  const newest = known.map(({ name }) => BigInt(/^\d{14}(?=_)/.exec(name)?.[0] ?? 0))
  return String(newest.reduce((most, one) => (one >= most ? one + 1n : most), now))
}

interface PossibleRename {
  /** `people.age`, or `people`. */
  readonly from: string
  readonly to: string
}

/** What goes where something of the same type comes. */
function possibleRenames(operations: readonly MigrationOperation[]): PossibleRename[] {
  const renames: PossibleRename[] = []
  const fields = operations.filter(one => one.do === 'add-field')
  const collections = operations.filter(one => one.do === 'create-collection')
  for (const gone of operations) {
    if (gone.do === 'drop-field')
      for (const come of fields)
        if (come.collection === gone.collection)
          renames.push({ from: `${gone.collection}.${gone.field}`, to: come.field })
    if (gone.do === 'drop-collection')
      for (const { definition } of collections) renames.push({ from: gone.collection, to: definition.name })
  }
  return renames
}

async function askRenames(
  { terminal }: Pick<Setting, 'terminal'>,
  perhaps: readonly PossibleRename[],
): Promise<PossibleRename[]> {
  const said: PossibleRename[] = []
  for (const one of perhaps) {
    const place = (name: string) => (one.from.includes('.') ? `${one.from.split('.')[0]}.${name}` : name)
    const isDecided = said.some(
      other => other.from === one.from || (other.to === one.to && place(one.to) === place(other.to)),
    )
    if (isDecided) continue
    const answer = await ask(terminal, {
      question: `${one.from} goes, ${place(one.to)} comes. Is it the same under a new name? (y/N)`,
      instead: `--rename ${one.from}=${one.to}`,
    })
    if (/^y(?:es)?$/i.test(answer.trim())) said.push(one)
  }
  return said
}

function merged(told: SchemaRenames, asked: readonly PossibleRename[]): SchemaRenames {
  const more = readRenames(asked.map(({ from, to }) => `${from}=${to}`))
  const fields = { ...told.fields }
  for (const [collection, names] of Object.entries(more.fields ?? {}))
    fields[collection] = { ...fields[collection], ...names }
  return { collections: { ...told.collections, ...more.collections }, fields }
}

function slugOf(text: string): string {
  const slug = text
    .trim()
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 80)
  if (slug !== '') return slug
  throw failure('usage', `"${text}" is no name.`, 'Say what the migration does: add_priority.')
}

/** What a migration is called that was given no name. */
function usualName(operations: readonly MigrationOperation[]): string {
  const [only, ...others] = operations
  if (only === undefined) return 'join'
  const verb = only.do.replaceAll('-', '_')
  if (only.do === 'create-collection')
    return others.length === 0 ? `create_${only.definition.name}` : 'create_collections'
  if (others.length > 0 || only.do === 'sql') return 'change_schema'
  return 'field' in only
    ? `${verb.replace('_field', '')}_${only.collection}_${only.field}`
    : `${verb}_${only.collection}`
}
