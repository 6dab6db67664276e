import type { Deed, World } from './deed.ts'
import { newCollection } from './new-collection.ts'

/** An online change that waits for a program, as it stands in its table. */
const newChange = async (world: World, state: 'running' | 'paused') => {
  const { name } = await newCollection(world)
  const step = {
    ...{
      kind: 'change-field',
      collection: name,
      field: 'title',
      sentence: 'Change title.',
      isDestructive: true,
    },
    ...{ before: { type: 'text' }, after: { type: 'integer' }, using: { client: true } },
  }
  const [row] = await world.run<{ id: string }>(`
    insert into @data_online_changes (kind, collection, field, step, state)
    values ('change-field', '${name}', 'title', '${JSON.stringify(step)}', '${state}') returning id`)
  return `/schema/changes/${row!.id}`
}
const noChange = { code: 'schema/unknown-change' }
interface Migration {
  readonly name: string
  readonly parents: readonly string[]
  readonly operations: readonly object[]
}

/** Those that were sent so far and are there. */
const sent = new Map<string, Migration>()
const knownMigrations = async (ask: World['ask']): Promise<Migration[]> => {
  const { applied } = await ask<{ applied: { name: string }[] }>('GET', '/schema/migrations')
  return applied.map(({ name }) => sent.get(name)!)
}
const newMigration = (n: number, before: readonly Migration[]): Migration => {
  const definition = { name: `migrated${n}`, fields: {} }
  const made = {
    name: `m${n}`,
    parents: before.slice(-1).map(({ name }) => name),
    operations: [{ do: 'create-collection', definition }],
  }
  sent.set(made.name, made)
  return made
}
/** What changes an environment below `/schema`. */
export const schemaDeeds: readonly Deed[] = [
  {
    on: 'POST /schema/apply',
    action: 'schema.applied',
    async prepare({ n, ask }) {
      const { collections } = await ask<{ collections: object[] }>('GET', '/schema')
      const made = { name: `applied${n}`, fields: { title: { type: 'text' } } }
      const wrong = { ...made, policies: { list: 'doc.titel == auth.uid' } }
      return {
        path: '/schema/apply',
        body: { collections: [...collections, made] },
        refused: { body: { collections: [...collections, wrong] }, code: 'policy/invalid-expression' },
      }
    },
  },
  {
    on: 'POST /schema/migrations',
    action: 'migration.applied',
    async prepare({ n, ask }) {
      const before = await knownMigrations(ask)
      const next = newMigration(n, before)
      const wrong = { ...next, operations: [{ do: 'drop-collection', collection: 'nowhere' }] }
      return {
        path: '/schema/migrations',
        body: { migrations: [...before, next] },
        refused: { body: { migrations: [...before, wrong] }, code: 'schema/invalid-migration' },
      }
    },
  },
  {
    on: 'POST /schema/migrations/down',
    action: 'migration.undone',
    async prepare({ n, ask }) {
      const before = await knownMigrations(ask)
      await ask('POST', '/schema/migrations', { migrations: [...before, newMigration(n, before)] })
      return {
        path: '/schema/migrations/down',
        body: { count: 1 },
        refused: { body: { count: 0 }, code: 'http/invalid-request' },
      }
    },
  },
  {
    on: 'POST /schema/sql',
    action: 'sql.ran',
    prepare: async ({ n }) => ({
      path: '/schema/sql',
      body: { text: `create table desk${n} (n int)`, write: true },
      refused: { body: { text: 'create tabel x ()', write: true }, code: 'schema/sql-refused' },
    }),
  },
  {
    on: 'POST /schema/plans/:plan/undo',
    action: 'schema.undone',
    async prepare({ n, ask }) {
      const { collections } = await ask<{ collections: object[] }>('GET', '/schema')
      const made = { name: `undone${n}`, fields: { title: { type: 'text' } } }
      const body = { collections: [...collections, made] }
      const { plan } = await ask<{ plan: string }>('POST', '/schema/apply', body)
      const unknown = '00000000-0000-7000-8000-000000000000'
      return {
        path: `/schema/plans/${plan}/undo`,
        refused: { path: `/schema/plans/${unknown}/undo`, code: 'data/unknown-plan' },
      }
    },
  },
  {
    on: 'POST /schema/changes/:change/pause',
    action: 'change.paused',
    prepare: async world => ({
      path: `${await newChange(world, 'running')}/pause`,
      refused: { path: '/schema/changes/0/pause', ...noChange },
    }),
  },
  {
    on: 'POST /schema/changes/:change/resume',
    action: 'change.resumed',
    prepare: async world => ({
      path: `${await newChange(world, 'paused')}/resume`,
      body: {},
      refused: { path: '/schema/changes/0/resume', body: {}, ...noChange },
    }),
  },
  {
    on: 'POST /schema/changes/:change/cancel',
    action: 'change.cancelled',
    prepare: async world => ({
      path: `${await newChange(world, 'running')}/cancel`,
      refused: { path: '/schema/changes/0/cancel', ...noChange },
    }),
  },
]
