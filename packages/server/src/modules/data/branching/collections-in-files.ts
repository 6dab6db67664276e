import { CollectionDefinition } from '@cloudbox/protocol/collection'
import { Check } from 'typebox/value'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import { invalidSnapshot, type EnvironmentFilePart } from '../../../kernel/environment-file.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { quote } from '../collections/quote.ts'
import { loadStored, type StoredCollection } from '../collections/stored.ts'
import { analyze, joined, structuresOf, targetOf } from './structures.ts'

/** Definitions are the head, documents the rows. Loaded as they are copied: bare tables, rows, then what compares rows. */
export function collectionsInFiles(db: Database): EnvironmentFilePart {
  const structuresIn = async (tx: Tx, environment: Environment, head: unknown) => {
    const definitions = read(head)
    const collections = new Map(
      definitions.map((definition): [string, StoredCollection] => [
        definition.name,
        { definition, version: 0 },
      ]),
    )
    const present = await loadStored(tx, environment.schema)
    const target = await targetOf(tx, db, environment, collections)
    return { definitions, structures: structuresOf(collections, present, target) }
  }
  return {
    head: async (tx, { schema }) =>
      [...(await loadStored(tx, schema)).values()].map(({ definition }) => definition),
    tables: head => read(head).map(({ name }) => name),
    async begin(tx, environment, head) {
      const { structures } = await structuresIn(tx, environment, head)
      await tx.script(joined(structures.map(({ bare }) => bare)))
    },
    async finish(tx, environment, head) {
      const { definitions, structures } = await structuresIn(tx, environment, head)
      await tx.script(joined([...structures.map(({ key }) => key), ...structures.map(({ rest }) => rest)]))
      const { schema } = environment
      await analyze(
        tx,
        schema,
        definitions.map(({ name }) => name),
      )
      for (const definition of definitions)
        await tx.query(sql`
          insert into ${id(schema, 'data_collections')} (name, definition, version)
          values (${definition.name}, ${JSON.stringify(definition)}::json,
            nextval(${quote(schema, 'data_collection_versions')}::regclass))
          on conflict (name) do update set definition = excluded.definition, version = excluded.version`)
    },
  }
}

/** @throws Problem `platform/invalid-snapshot` */
function read(head: unknown): readonly CollectionDefinition[] {
  if (!Array.isArray(head)) throw invalidSnapshot('It holds no collections.')
  const wrong = head.findIndex(one => !Check(CollectionDefinition, one))
  if (wrong !== -1) throw invalidSnapshot(`Its collection number ${wrong + 1} is none.`)
  const definitions = head as CollectionDefinition[]
  if (new Set(definitions.map(({ name }) => name)).size !== definitions.length)
    throw invalidSnapshot('A collection is there twice.')
  return definitions
}
