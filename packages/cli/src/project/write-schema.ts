import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { canonical } from '@cloudbox/protocol/canonical'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { Failure, failure } from '../failure.ts'
import type { Project } from './find-project.ts'
import { readText, shown } from './load-module.ts'
import { schemaFrom, schemaPath } from './load-schema.ts'

/** What became of a schema's file. */
export interface Written {
  /** From the app's folder: `cloudbox/schema.ts`. */
  readonly file: string
  readonly state: 'made' | 'changed' | 'unchanged'
  /** What is computed by code and has to be written by hand: `cloudbox/schema.ts:12`. */
  readonly byHand: readonly { readonly at: string; readonly message: string }[]
}

/** What a new environment says about accounts: a schema that does not name them means the same. */
const standardUsers: CollectionDefinition = {
  name: 'users',
  fields: {},
  policies: { list: 'doc.id == auth.uid', get: 'doc.id == auth.uid', update: 'doc.id == auth.uid' },
}

/**
 * Makes `cloudbox/schema.ts` say these definitions. A file that is there is edited: only what differs changes, all else
 * stays to the byte; what is computed by code is left and told. What comes out says nothing but what was wanted, or
 * what the file said before.
 *
 * @throws Failure `cli/cannot-load` where the file cannot be read as it is
 */
export async function writeBack(
  project: Project,
  definitions: readonly CollectionDefinition[],
  { isDry = false }: { readonly isDry?: boolean } = {},
): Promise<Written> {
  const path = schemaPath(project)
  const file = shown(project, path)
  const text = await readText(path)
  if (text === undefined) {
    const { printSchema } = await import('./source/print-schema.ts')
    if (!isDry) await put(path, printSchema(definitions.filter(one => !isStandard(one))), text)
    return { file, state: 'made', byHand: [] }
  }
  const { editSchema } = await import('./source/edit-schema.ts')
  const { collections: before } = await schemaFrom(project, text)
  const wanted = wantedOf(before, definitions)
  const { text: edited, left } = editSchema(text, before, wanted)
  const byHand = left.map(({ line, message }) => ({ at: `${file}:${line}`, message: `${message}.` }))
  if (edited === text) return { file, state: 'unchanged', byHand }
  const mistake = await wrongly(project, edited, wanted, new Set(left.map(one => one.collection)))
  if (mistake !== undefined)
    return { file, state: 'unchanged', byHand: [...byHand, { at: file, message: mistake }] }
  if (!isDry) await put(path, edited, text)
  return { file, state: 'changed', byHand }
}

/** The definitions that the file is compared with. */
function wantedOf(
  before: readonly CollectionDefinition[],
  definitions: readonly CollectionDefinition[],
): CollectionDefinition[] {
  const isNamed = before.some(({ name }) => name === 'users')
  return definitions.filter(one => isNamed || !isStandard(one))
}

function isStandard(definition: CollectionDefinition): boolean {
  return isDeepStrictEqual(canonical(definition), standardUsers)
}

/** Why an edited text cannot be used. */
async function wrongly(
  project: Project,
  text: string,
  wanted: readonly CollectionDefinition[],
  /** Collections of which something is left to people. */
  isLeft: ReadonlySet<string>,
): Promise<string | undefined> {
  try {
    const { collections } = await schemaFrom(project, text)
    const { schemaChanges } = await import('./source/schema-changes.ts')
    const first = schemaChanges(collections, wanted).find(change => !isLeft.has(change.collection))
    if (first === undefined) return undefined
    return `${first.collection} is computed by code in a way that cannot be edited; change it by hand.`
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return `It cannot be edited: ${error.message}`
  }
}

async function put(path: string, text: string, before: string | undefined): Promise<void> {
  if ((await readText(path)) !== before)
    throw failure('cannot-load', `${path} was changed meanwhile; nothing was written.`, 'Try again.')
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  await writeFile(draft, text)
  await rename(draft, path)
}
