import assert from 'node:assert/strict'
import type { Migration } from '@cloudbox/protocol/schema'
import type { Database } from '@cloudbox/server/kernel/db'
import { raw } from '@cloudbox/server/kernel/sql'
import { catalogOf } from '@cloudbox/server/modules/data/testing/catalog-of'
import { ddlStops, type DdlStops } from './testing/ddl-stops.ts'
import { makeEnvironments, openBeside, ownerFlags, type FaultEnvironment } from './testing/environments.ts'
import { faultTest, rounds } from './testing/fault-test.ts'
import { bugsOf, startServerProcess } from './testing/server-process.ts'

/** Each kill cuts a migration in every one of them, each at a command of its own. */
const environments = 8
/** Kills after some time, which may also be the moment of a commit. */
const delayKills = 3 * rounds

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

/** A command of a migration, in one direction. */
interface Place {
  readonly migration: number
  readonly isUp: boolean
  readonly command: number
}

faultTest(
  'the server killed at every step of migrations: what is there is what was before or what comes after',
  async (t, random) => {
    const server = await startServerProcess(t, { argv: [...ownerFlags, '--pool-size', '40'] })
    const db = await openBeside(t, server)
    const made = await makeEnvironments(server, db, environments)
    const stops = await ddlStops(
      db,
      made.map(({ schema }) => schema),
    )
    const patients = await Promise.all(made.map(environment => preparePatient(environment, db, stops)))
    const { commands } = patients[0]!
    for (const patient of patients) assert.deepEqual(patient.commands, commands)
    const count = { kills: 0, atCommands: 0, elsewhere: 0, atAnyMoment: 0 }
    const all = placesOf(commands)

    // Each direction of each migration, command by command; round by round in other environments.
    for (let round = 0; round < rounds; round++) {
      const share = Math.ceil(all.length / environments)
      const pending = patients.map((_, n) => {
        const slice = (n + round) % environments
        return all.slice(slice * share, (slice + 1) * share)
      })
      while (pending.some(places => places.length > 0)) {
        const busy = patients.flatMap((patient, n) => {
          const [place] = pending[n]!
          return place === undefined ? [] : [{ patient, place, places: pending[n]! }]
        })
        await Promise.all(busy.map(({ patient, place }) => patient.bring(before(place))))
        const found = await stops.together(
          busy.map(({ patient, place: { isUp, command } }) => ({
            schema: patient.environment.schema,
            command,
            work: () => (isUp ? up(patient.environment, 1) : down(patient.environment, 1)),
          })),
          () => server.kill(),
        )
        await server.start()
        count.kills++
        await Promise.all(
          busy.map(async ({ patient, place, places }, n) => {
            const what = `${migrations[place.migration]!.name}, command ${place.command}: ${found[n]}`
            assert.notEqual(found[n], 'ended', what)
            assert.equal(await patient.at(), before(place), what)
            if (found[n] === 'held') return void count.elsewhere++
            count.atCommands++
            places.shift()
          }),
        )
      }
    }

    // Any moment, commits among them.
    const ms = Math.max(...patients.map(patient => patient.ms))
    for (let n = 0; n < delayKills; n++) {
      const isUp = n % 2 === 0
      await Promise.all(patients.map(patient => patient.bring(isUp ? 0 : migrations.length)))
      const running = patients.map(({ environment }) =>
        (isUp ? up(environment) : down(environment, migrations.length)).then(
          () => 0,
          () => 1,
        ),
      )
      await new Promise(resolve => setTimeout(resolve, random.next() * ms))
      await server.kill()
      for (const cut of await Promise.all(running)) count.atAnyMoment += cut
      await server.start()
      count.kills++
      await Promise.all(patients.map(patient => patient.at()))
    }
    for (const wanted of [migrations.length, 0])
      await Promise.all(
        patients.map(async patient => {
          await patient.bring(wanted)
          assert.equal(await patient.at(), wanted)
        }),
      )
    assert.deepEqual(bugsOf(server), [])
    const { kills, atCommands, elsewhere, atAnyMoment } = count
    t.diagnostic(
      `${kills} kills, ${atCommands + elsewhere + atAnyMoment} migrations cut: ${atCommands} at each of ` +
        `${all.length} commands of ${migrations.length}, ${elsewhere} while they waited for another, ${atAnyMoment} at any moment`,
    )
  },
)

/** How many migrations are applied before the one of a place goes that way. */
const before = ({ migration, isUp }: Place): number => (isUp ? migration : migration + 1)

function placesOf(commands: Commands): Place[] {
  const of = (isUp: boolean) =>
    commands[isUp ? 'up' : 'down'].flatMap((count, migration) =>
      Array.from({ length: count }, (_, n) => ({ migration, isUp, command: n + 1 })),
    )
  return [...of(true), ...of(false).toSorted((a, b) => b.migration - a.migration || a.command - b.command)]
}

/** How many commands each migration takes. */
interface Commands {
  readonly up: number[]
  readonly down: number[]
}

/** An environment whose every state there may be is known. */
interface Patient {
  readonly environment: FaultEnvironment
  readonly commands: Commands
  /** How long all migrations take. */
  readonly ms: number
  /** How many migrations are applied; fails when it is in none of its states. */
  at(): Promise<number>
  bring(wanted: number): Promise<void>
}

async function preparePatient(
  environment: FaultEnvironment,
  db: Database,
  stops: DdlStops,
): Promise<Patient> {
  await fill(environment)
  // The first SQL makes its role, which later ones find.
  await up(environment)
  await down(environment, migrations.length)
  const commands: Commands = { up: [], down: [] }
  const states = [await stateOf(environment, db)]
  const startedAt = performance.now()
  const counted = async (work: () => Promise<void>) => {
    await stops.count(environment.schema)
    await work()
    return stops.count(environment.schema)
  }
  while (states.length <= migrations.length) {
    commands.up.push(await counted(() => up(environment, 1)))
    states.push(await stateOf(environment, db))
  }
  const ms = performance.now() - startedAt
  for (let i = migrations.length - 1; i >= 0; i--) {
    commands.down[i] = await counted(() => down(environment, 1))
    assert.equal(await stateOf(environment, db), states[i], `${migrations[i]!.name} taken back`)
  }
  return {
    environment,
    commands,
    ms,
    at: async () => {
      const now = await stateOf(environment, db)
      const place = states.indexOf(now)
      assert.notEqual(place, -1, `none of the states there may be: ${now}`)
      return place
    },
    bring: async wanted => {
      const { body } = await environment.request('GET', '/schema/migrations')
      const there = (body as { applied: unknown[] }).applied.length
      if (there < wanted) await up(environment, wanted - there)
      if (there > wanted) await down(environment, there - wanted)
    },
  }
}

async function up({ request }: FaultEnvironment, count?: number): Promise<void> {
  const { status, body } = await request('POST', '/schema/migrations', { migrations, count })
  assert.equal(status, 200, JSON.stringify(body))
}

async function down({ request }: FaultEnvironment, count: number): Promise<void> {
  const { status, body } = await request('POST', '/schema/migrations/down', { count })
  assert.equal(status, 200, JSON.stringify(body))
}

/** Definitions, tables, rows and migrations, as text. When a document was written is not among it: SQL writes some anew. */
async function stateOf({ schema, role, request }: FaultEnvironment, db: Database): Promise<string> {
  const { body } = await request('GET', '/schema')
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
  return JSON.stringify([collections, rows, applied, await catalogOf(db, { schema, role })], null, 1)
}

/** What is there before the first migration. */
async function fill({ request }: FaultEnvironment): Promise<void> {
  const policies = { list: 'doc.name == auth.uid' }
  const people = { name: 'people', fields: { name: text, age: text, note: text }, policies }
  const visits = { name: 'visits', fields: { who: { type: 'relation', to: 'people' } } }
  await request('POST', '/schema/apply', { collections: [people, visits] })
  for (const [name, age, note] of [
    ['ada', '36', 'x'],
    ['bob', '', null],
    ['cy', '07', 'y'],
  ]) {
    const { body } = await request('POST', '/data/people', { name, age, note })
    await request('POST', '/data/visits', { who: (body as { id: string }).id })
  }
}
