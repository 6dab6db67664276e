import assert from 'node:assert/strict'
import type { Migration } from '@cloudbox/protocol/schema'
import { raw, sql } from '@cloudbox/server/kernel/sql'
import { catalogOf } from '@cloudbox/server/modules/data/testing/catalog-of'
import { ddlStops, type DdlStops } from './testing/ddl-stops.ts'
import { faultTest, rounds } from './testing/fault-test.ts'
import { bugsOf, startServerProcess, type ServerProcess } from './testing/server-process.ts'

/** Kills at commands, spread evenly over all 96 there are and beginning at any: with seven rounds it is each of them. */
const commandKills = 14 * rounds
/** Kills after some time, which may also be the moment of a commit. */
const delayKills = 4 * rounds

const text = { type: 'text' } as const

/** Every kind of step, one migration after the other. */
const migrations: readonly Migration[] = [
  made('1_create', {
    do: 'create-collection',
    definition: { name: 'tags', fields: { of: { type: 'relation', to: 'people' } } },
  }),
  made(
    '2_add',
    { do: 'add-field', collection: 'people', field: 'rank', definition: { type: 'integer', default: 7 } },
    { do: 'add-index', collection: 'people', definition: { fields: ['name', '-rank'] } },
  ),
  made('3_age', {
    ...{ do: 'change-field', collection: 'people', field: 'age', definition: { type: 'integer' } },
    using: { cel: `doc.age == '' ? null : int(doc.age)` },
  }),
  made(
    '4_sql',
    { do: 'add-field', collection: 'people', field: 'shout', definition: text },
    {
      do: 'sql',
      up: `create table ranks (rank int); insert into ranks select rank from people;
           update people set shout = upper(name)`,
      down: 'drop table ranks',
    },
    { do: 'change-field', collection: 'people', field: 'shout', definition: { ...text, required: true } },
  ),
  made(
    '5_drop',
    { do: 'drop-field', collection: 'people', field: 'note' },
    { do: 'drop-collection', collection: 'visits' },
  ),
  made('6_rename', { do: 'rename-collection', collection: 'people', to: 'persons' }),
]

function made(name: string, ...operations: Migration['operations']): Migration {
  return { name, parents: [], operations }
}
migrations.forEach((migration, i) =>
  migration.parents.push(...migrations.slice(i - 1, i).map(({ name }) => name)),
)

faultTest(
  'the server killed at every step of migrations: what is there is what was before or what comes after',
  async (t, random) => {
    const server = await startServerProcess(t)
    const stops = await ddlStops(t, server.databaseUrl)
    await fill(server)
    // The first SQL makes its role, which later ones find.
    await up(server)
    await down(server, migrations.length)
    const states = await rehearse(server, stops)
    const at = async (): Promise<number> => {
      const now = await stateOf(server, stops)
      const place = states.up.findIndex(state => state === now)
      assert.notEqual(place, -1, `none of the states there may be: ${now}`)
      return place
    }
    const kill = async () => {
      await server.kill()
    }
    let kills = 0

    // Each direction of each migration, command by command.
    const all = [
      ...states.commands.up.flatMap((count, i) => range(count).map(command => ({ i, isUp: true, command }))),
      ...states.commands.down
        .flatMap((count, i) => range(count).map(command => ({ i, isUp: false, command })))
        .toSorted((a, b) => b.i - a.i || a.command - b.command),
    ]
    const stride = Math.max(1, all.length / commandKills)
    const offset = random.next() * stride
    const chosen = all.filter(
      (_, n) => Math.floor((n + offset) / stride) !== Math.floor((n - 1 + offset) / stride),
    )
    for (const { i, isUp, command } of chosen) {
      await bring(server, isUp ? i : i + 1)
      const before = await at()
      assert.equal(before, isUp ? i : i + 1)
      const work = isUp ? () => up(server, 1) : () => down(server, 1)
      const isKilled = await stops.at(command, work, kill)
      assert.ok(isKilled, `command ${command} of ${migrations[i]!.name} was reached`)
      await server.start()
      kills++
      assert.equal(await at(), before, `${migrations[i]!.name}, command ${command}`)
    }

    // Any moment, commits among them.
    for (let n = 0; n < delayKills; n++) {
      const isUp = n % 2 === 0
      await bring(server, isUp ? 0 : migrations.length)
      const working = (isUp ? up(server) : down(server, migrations.length)).catch(() => undefined)
      await new Promise(resolve => setTimeout(resolve, random.next() * states.ms))
      await server.kill()
      await working
      await server.start()
      kills++
      await at()
    }
    await bring(server, migrations.length)
    assert.equal(await at(), migrations.length)
    await bring(server, 0)
    assert.equal(await at(), 0)
    assert.deepEqual(bugsOf(server), [])
    t.diagnostic(`${kills} kills at ${all.length} commands of ${migrations.length} migrations`)
  },
)

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)

async function up(server: ServerProcess, count?: number): Promise<void> {
  const { status, body } = await server.request('POST', '/schema/migrations', { migrations, count })
  assert.equal(status, 200, JSON.stringify(body))
}

async function down(server: ServerProcess, count: number): Promise<void> {
  const { status, body } = await server.request('POST', '/schema/migrations/down', { count })
  assert.equal(status, 200, JSON.stringify(body))
}

/** Up or down to so many migrations. */
async function bring(server: ServerProcess, wanted: number): Promise<void> {
  const { body } = await server.request('GET', '/schema/migrations')
  const there = (body as { applied: unknown[] }).applied.length
  if (there < wanted) await up(server, wanted - there)
  if (there > wanted) await down(server, there - wanted)
}

/** Goes all the way once: what there is after each migration, and how many commands each takes. */
async function rehearse(server: ServerProcess, stops: DdlStops) {
  const commands = { up: [] as number[], down: [] as number[] }
  const states = [await stateOf(server, stops)]
  const startedAt = performance.now()
  while (states.length <= migrations.length) {
    await stops.count()
    await up(server, 1)
    commands.up.push(await stops.count())
    states.push(await stateOf(server, stops))
  }
  const ms = performance.now() - startedAt
  for (let i = migrations.length - 1; i >= 0; i--) {
    await stops.count()
    await down(server, 1)
    commands.down[i] = await stops.count()
    assert.equal(await stateOf(server, stops), states[i], `${migrations[i]!.name} taken back`)
  }
  return { up: states, commands, ms }
}

/** Definitions, tables, rows and migrations, as text. When a document was written is not among it: SQL writes some anew. */
async function stateOf(server: ServerProcess, { db }: DdlStops): Promise<string> {
  const [environment] = await db.query<{ schema: string; role: string }>(sql`
    select schema_name as schema, role_name as role from cloudbox.platform_environments e
    join cloudbox.platform_projects p on p.id = e.project_id
    where ${new URL(server.environmentUrl).pathname} = '/' || p.name || '/' || e.name`)
  const { schema } = environment!
  const { body } = await server.request('GET', '/schema')
  const { collections } = body as { collections: { name: string }[] }
  const rows: unknown[] = []
  for (const { name } of collections)
    rows.push(
      name,
      // Each text is new: a statement that stays prepared fails when the columns change.
      await db.query(
        raw(
          `select (to_jsonb(t) - 'updated_at')::text as row from "${schema}"."${name}" t order by id -- ${Math.random()}`,
        ),
      ),
    )
  const applied = await db.query(raw(`select name from "${schema}".schema_migrations order by number`))
  return JSON.stringify([collections, rows, applied, await catalogOf(db, environment!)], null, 1)
}

/** What is there before the first migration. */
async function fill(server: ServerProcess): Promise<void> {
  const policies = { list: 'doc.name == auth.uid' }
  const people = { name: 'people', fields: { name: text, age: text, note: text }, policies }
  const visits = { name: 'visits', fields: { who: { type: 'relation', to: 'people' } } }
  await server.request('POST', '/schema/apply', { collections: [people, visits] })
  for (const [name, age, note] of [
    ['ada', '36', 'x'],
    ['bob', '', null],
    ['cy', '07', 'y'],
  ]) {
    const { body } = await server.request('POST', '/data/people', { name, age, note })
    await server.request('POST', '/data/visits', { who: (body as { id: string }).id })
  }
}
