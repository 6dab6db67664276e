import { dataProblems } from '@cloudbox/protocol/data'
import type { CopyPlan, EnvironmentCopier, EnvironmentCopy } from '../../../kernel/copy-environment.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { ChangeStream } from '../../../kernel/stream.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { Catalog } from '../collections/catalog.ts'
import { collectionsChanged } from '../collections/changed.ts'
import { quote } from '../collections/quote.ts'
import { loadStored, type StoredCollection } from '../collections/stored.ts'
import { systemCollections } from '../collections/system-collections.ts'
import { collectionsInFiles } from './collections-in-files.ts'
import { copyRows } from './copy-rows.ts'
import { leaveCollections, takeOverCollections } from './replace-collections.ts'
import { chooseSample } from './sample.ts'
import { analyze, joined, structuresOf, targetOf } from './structures.ts'

export interface CopyDeps {
  readonly db: Database
  readonly catalog: Catalog
  readonly stream: Pick<ChangeStream, 'publish'>
  readonly vault: Vault
}

/** How long a copy waits for changes of structure that are under way. */
const lockTimeoutMs = 30_000

/**
 * Copies all collections: first bare tables, then the rows, then what rows are checked against and found by. Foreign keys
 * can be added only when every table is there (relations may go in circles), and both they and indexes are made faster at
 * once than row by row.
 */
export function collectionsCopier({ db, catalog, stream, vault }: CopyDeps): EnvironmentCopier {
  return {
    async hold(tx, { from, to }) {
      // Changes of structure write into this table: share lets other copies in, and no change.
      await tx.script(`set local lock_timeout = ${lockTimeoutMs};
        lock table ${quote(from.schema, 'data_collections')} in share mode;
        lock table ${quote(to.schema, 'data_collections')} in share row exclusive mode`)
    },
    async copy(tx, copy) {
      const { from, to, plan } = copy
      const collections = await loadStored(tx, from.schema)
      const present = await loadStored(tx, to.schema)
      await refuseOccupied(tx, copy, present)

      const target = await targetOf(tx, db, to, collections)
      const structures = structuresOf(collections, present, target)
      await tx.script(joined(structures.map(({ bare }) => bare)))
      if (plan.data !== 'none') {
        const all = [...collections.values()].map(({ definition }) => definition)
        const sample = plan.data === 'all' ? undefined : await chooseSample(tx, copy, all, plan.data)
        const key = isAsItIs(plan) ? undefined : vault.derive(from.id, 'pii-v1')
        for (const definition of all) await copyRows(tx, copy, { definition, sample, key })
      }
      await tx.script(joined([...structures.map(({ key }) => key), ...structures.map(({ rest }) => rest)]))
      if (plan.data !== 'none') await analyze(tx, to.schema, collections.keys())
      await copyDefinitions(tx, copy)
      await stream.publish(tx, to.schema)
      await tx.emit(collectionsChanged, { environmentId: to.id, names: [...collections.keys()] })
    },
    leave: leaveCollections,
    takeOver: takeOverCollections,
    settle: ({ to }) => catalog.invalidateEverywhere(to.id),
    file: collectionsInFiles(db),
  }
}

function isAsItIs({ isSnapshot, forFile }: CopyPlan): boolean {
  return isSnapshot === true || forFile?.personal === true
}

/** Only what every environment has may be there, and it must be empty. */
async function refuseOccupied(
  tx: Tx,
  { to }: EnvironmentCopy,
  present: ReadonlyMap<string, StoredCollection>,
): Promise<void> {
  for (const name of present.keys()) {
    const isEmpty =
      systemCollections.has(name) &&
      (await tx.query(sql`select from ${id(to.schema, name)} limit 1`)).length === 0
    if (!isEmpty)
      throw new Problem(
        dataProblems['environment-occupied'],
        `${to.project}/${to.name} has ${systemCollections.has(name) ? `${name} already` : `a collection ${name}`}.`,
      )
  }
}

/** Definitions as their authors wrote them, with their versions: the next change counts on from the same number. */
async function copyDefinitions(tx: Tx, { from, to }: EnvironmentCopy): Promise<void> {
  const columns = sql`name, definition, version, created_at, updated_at`
  await tx.query(sql`
    insert into ${id(to.schema, 'data_collections')} (${columns})
    select ${columns} from ${id(from.schema, 'data_collections')}
    on conflict (name) do update set definition = excluded.definition, version = excluded.version,
      created_at = excluded.created_at, updated_at = excluded.updated_at`)
  const sequence = quote(to.schema, 'data_collection_versions')
  await tx.query(sql`
    select setval(${sequence}::regclass, greatest(known.last_value, own.last_value))
    from ${id(from.schema, 'data_collection_versions')} known, ${id(to.schema, 'data_collection_versions')} own`)
}
