import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { failure } from '../failure.ts'
import { isDrawn } from './faker.ts'
import type { RawDocument } from './read-seed-file.ts'
import { stableId } from './stable-id.ts'

/** What is known while seeds are read one after the other. */
export interface Seeding {
  readonly definitions: ReadonlyMap<string, CollectionDefinition>
  /** Ids of the documents of earlier files and of this one. */
  readonly ids: Map<string, string[]>
}

/**
 * Gives every document its id, and relations the ids of what they name: `"@ada"` is the document with `"$key": "ada"` in
 * the collection the relation points to.
 *
 * @throws Failure `cli/cannot-load` with the place
 */
export function makeDocuments(
  file: string,
  raw: ReadonlyMap<string, readonly RawDocument[]>,
  { definitions, ids }: Seeding,
): Map<string, RawDocument[]> {
  const made = new Map<string, RawDocument[]>()
  const seen = new Map<string, string>()
  for (const [collection, documents] of raw) {
    const known = ids.get(collection) ?? []
    ids.set(collection, known)
    const { fields } = definitions.get(collection)!
    const own = documents.map(({ document: { $key: key, ...document }, place }, i) => {
      const id = idOf(file, collection, key, document['id'], i)
      const before = seen.get(`${collection} ${id}`)
      if (before !== undefined)
        throw failure(
          'cannot-load',
          `${place} has the same key as ${before}.`,
          'Give each a "$key" of its own.',
        )
      seen.set(`${collection} ${id}`, place)
      known.push(id)
      const values = Object.entries(document).map(([name, value]) => [
        name,
        related(value, fields[name], { ids, place, name }),
      ])
      return { document: { ...(Object.fromEntries(values) as object), id }, place }
    })
    made.set(collection, own)
  }
  return made
}

function idOf(file: string, collection: string, key: unknown, id: unknown, index: number): string {
  if (typeof id === 'string' && id !== '') return id
  if (key !== undefined && key !== null) return keyedId(collection, String(key))
  return stableId('seed', file, collection, String(index))
}

/** The same wherever the document stands, so that any file may name it. */
function keyedId(collection: string, key: string): string {
  return stableId('seed', collection, key)
}

function related(
  value: unknown,
  field: FieldDefinition | undefined,
  { ids, place, name }: { ids: Seeding['ids']; place: string; name: string },
): unknown {
  if (field?.type !== 'relation') return value
  const to = field.to!
  if (isDrawn(value)) {
    const there = ids.get(to) ?? []
    if (there.length > 0) return there[Math.floor(value.$draw * there.length)]
    if (field.required !== true) return null
    throw failure(
      'cannot-load',
      `${place}: ${name} points to ${to}, of which no file before has a document.`,
      `Seed ${to} in an earlier file, or say what ${name} is.`,
    )
  }
  return typeof value === 'string' && value.startsWith('@') ? keyedId(to, value.slice(1)) : value
}
