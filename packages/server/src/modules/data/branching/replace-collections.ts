import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { collectionsChanged } from '../collections/changed.ts'
import { quote } from '../collections/quote.ts'
import { loadStored } from '../collections/stored.ts'
import { collectionsUnderWay } from '../online-change/under-way.ts'

/**
 * Holds the collections of an environment that gets another content: no change of structure, no write. Whoever reads goes
 * on; whoever waits to write finds the other table.
 * @throws Problem `schema/change-under-way`
 */
export async function leaveCollections(tx: Tx, { schema }: Environment): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock(hashtextextended(${`cloudbox ${schema}`}, 0))`)
  await tx.script(`lock table ${quote(schema, 'data_collections')} in share row exclusive mode`)
  const [underWay] = await collectionsUnderWay(tx, schema)
  if (underWay !== undefined)
    throw new Problem(
      schemaProblems['change-under-way'],
      `Change ${underWay[1]} of ${underWay[0]} is under way; until it is over, the environment stays as it is.`,
    )
  const names = [...(await loadStored(tx, schema)).keys()]
  await tx.script(`lock table ${names.map(name => quote(schema, name)).join(', ')} in exclusive mode`)
}

/**
 * Gives the collections versions that never were: somebody may know another definition by the number one had. Later ones
 * count on from there.
 */
export async function takeOverCollections(
  tx: Tx,
  { environment, kept }: { readonly environment: Environment; readonly kept: Environment },
): Promise<void> {
  const sequence = quote(environment.schema, 'data_collection_versions')
  await tx.query(sql`
    select setval(${sequence}::regclass, greatest(own.last_value, before.last_value))
    from ${id(environment.schema, 'data_collection_versions')} own, ${id(kept.schema, 'data_collection_versions')} before`)
  await tx.query(
    sql`update ${id(environment.schema, 'data_collections')} set version = nextval(${sequence}::regclass)`,
  )
  const [before, after] = [await loadStored(tx, kept.schema), await loadStored(tx, environment.schema)]
  const names = [...new Set([...before.keys(), ...after.keys()])]
  await tx.emit(collectionsChanged, { environmentId: environment.id, names })
}
