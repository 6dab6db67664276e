import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import { define } from '../collections/define.ts'
import { partName } from '../collections/names.ts'
import { quote } from '../collections/quote.ts'
import { serverTraits, trigramSchema } from '../collections/server-traits.ts'
import type { StoredCollection } from '../collections/stored.ts'
import { toCollection } from '../collections/to-collection.ts'
import { toDdl, type Target } from '../collections/to-ddl.ts'
import { bareCollection } from './bare-collection.ts'

export async function targetOf(
  tx: Tx,
  db: Database,
  { schema, role }: Environment,
  collections: ReadonlyMap<string, StoredCollection>,
): Promise<Target> {
  const needsTrigrams = [...collections.values()].some(({ definition }) =>
    definition.indexes?.some(({ kind }) => kind === 'trigram'),
  )
  const trigrams = needsTrigrams ? await trigramSchema(tx) : 'public'
  return { ...(await serverTraits(db)), schema, role, trigramSchema: trigrams }
}

/** The statements that make each table, and those that complete it once it is filled. */
export function structuresOf(
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
export function joined(texts: readonly string[]): string {
  return texts.filter(text => text !== '').join(';\n')
}

/** Otherwise the planner would know nothing of the rows until autovacuum has come by, which then looks closer. */
export async function analyze(tx: Tx, schema: string, names: Iterable<string>): Promise<void> {
  await tx.script(`set local default_statistics_target = 10;
    analyze ${[...names].map(name => quote(schema, name)).join(', ')}`)
}
