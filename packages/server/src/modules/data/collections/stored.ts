import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'

/** A definition as the environment keeps it. */
export interface StoredCollection {
  readonly definition: CollectionDefinition
  readonly version: number
}

/** Every collection of the environment with this schema, by name. */
export async function loadStored(db: Queryable, schema: string): Promise<Map<string, StoredCollection>> {
  const rows = await db.query<{ name: string; definition: string; version: string }>(
    sql`select name, definition, version from ${id(schema, 'data_collections')} order by name`,
  )
  return new Map(
    rows.map(({ name, definition, version }) => [
      name,
      { definition: JSON.parse(definition) as CollectionDefinition, version: Number(version) },
    ]),
  )
}
