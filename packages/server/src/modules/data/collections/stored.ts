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
  return new Map(rows.map(row => [row.name, read(row)]))
}

/** {@link loadStored}, with the text of the snapshot it was read in. */
export async function loadStoredAt(
  db: Queryable,
  schema: string,
): Promise<{ readonly stored: Map<string, StoredCollection>; readonly snapshot: string }> {
  const rows = await db.query<{
    snapshot: string
    name: string | null
    definition: string
    version: string
  }>(sql`
    select pg_current_snapshot()::text as snapshot, name, definition, version
    from (select) one left join ${id(schema, 'data_collections')} on true order by name`)
  const stored = rows.flatMap(({ name, definition, version }) =>
    name === null ? [] : [[name, read({ definition, version })] as const],
  )
  return { stored: new Map(stored), snapshot: rows[0]!.snapshot }
}

function read({ definition, version }: { definition: string; version: string }): StoredCollection {
  return { definition: JSON.parse(definition) as CollectionDefinition, version: Number(version) }
}
