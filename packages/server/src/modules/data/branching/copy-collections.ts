import { dataProblems } from '@cloudbox/protocol/data'
import type { EnvironmentCopier, EnvironmentCopy } from '../../../kernel/copy-environment.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { ChangeStream } from '../../../kernel/stream.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { Catalog } from '../collections/catalog.ts'
import { collectionsChanged } from '../collections/changed.ts'
import { define } from '../collections/define.ts'
import { partName } from '../collections/names.ts'
import { quote } from '../collections/quote.ts'
import { serverTraits, trigramSchema } from '../collections/server-traits.ts'
import { loadStored, type StoredCollection } from '../collections/stored.ts'
import { systemCollections } from '../collections/system-collections.ts'
import { toCollection } from '../collections/to-collection.ts'
import { toDdl, type Target } from '../collections/to-ddl.ts'
import { bareCollection } from './bare-collection.ts'
import { copyRows } from './copy-rows.ts'
import { leaveCollections, takeOverCollections } from './replace-collections.ts'
import { chooseSample } from './sample.ts'

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

      const target = await targetOf(tx, db, copy, collections)
      const structures = structuresOf(collections, present, target)
      await tx.script(joined(structures.map(({ bare }) => bare)))
      if (plan.data !== 'none') {
        const all = [...collections.values()].map(({ definition }) => definition)
        const sample = plan.data === 'all' ? undefined : await chooseSample(tx, copy, all, plan.data)
        const key = plan.isSnapshot === true ? undefined : vault.derive(from.id, 'pii-v1')
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
  }
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

async function targetOf(
  tx: Tx,
  db: Database,
  { to: { schema, role } }: EnvironmentCopy,
  collections: ReadonlyMap<string, StoredCollection>,
): Promise<Target> {
  const needsTrigrams = [...collections.values()].some(({ definition }) =>
    definition.indexes?.some(({ kind }) => kind === 'trigram'),
  )
  const trigrams = needsTrigrams ? await trigramSchema(tx) : 'public'
  return { ...(await serverTraits(db)), schema, role, trigramSchema: trigrams }
}

/** The statements that make each table, and those that complete it once it is filled. */
function structuresOf(
  collections: ReadonlyMap<string, StoredCollection>,
  present: ReadonlyMap<string, StoredCollection>,
  target: Target,
): { readonly bare: string; readonly key: string; readonly rest: string }[] {
  const { schema, version } = target
  const all = new Map(
    [...collections].map(([name, { definition }]) => [
      name,
      toCollection(definition, { schema, version: 0, incoming: [] }),
    ]),
  )
  const join = (steps: ReturnType<typeof toDdl>) => joined(steps.map(({ text }) => text))
  return [...collections].map(([name, { definition }]) => {
    const others = new Map([...all].filter(([other]) => other !== name))
    const after = define(definition, { schema, version, others })
    const before = present.get(name)?.definition
    const bare = bareCollection(after, before)
    const key = before === undefined ? keyOf(schema, name) : { drop: '', add: '' }
    return {
      bare: joined([join(toDdl({ before, after: bare }, target)), key.drop]),
      key: key.add,
      rest: join(toDdl({ before: bare.definition, after }, target)),
    }
  })
}

/** The primary key is an index as well: made at once it takes a fraction of the time and of the log. */
function keyOf(schema: string, name: string): { readonly drop: string; readonly add: string } {
  const [table, key] = [quote(schema, name), quote(partName(name, 'pkey'))]
  return {
    drop: `alter table ${table} drop constraint ${key}`,
    add: `alter table ${table} add constraint ${key} primary key (id)`,
  }
}

/** One message for all statements: nothing is asked between them. */
function joined(texts: readonly string[]): string {
  return texts.filter(text => text !== '').join(';\n')
}

/** Otherwise the planner would know nothing of the rows until autovacuum has come by, which then looks closer. */
async function analyze(tx: Tx, schema: string, names: Iterable<string>): Promise<void> {
  await tx.script(`set local default_statistics_target = 10;
    analyze ${[...names].map(name => quote(schema, name)).join(', ')}`)
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
