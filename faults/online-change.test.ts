import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { createCatalog } from '@cloudbox/server/modules/data/collections/catalog'
import { startChange } from '@cloudbox/server/modules/data/online-change/start-change'
import { openDatabase, type Database } from '@cloudbox/server/kernel/db'
import { readConnectionUrl } from '@cloudbox/server/kernel/postgres/connection-url'
import type { Environment } from '@cloudbox/server/kernel/caller'
import { raw } from '@cloudbox/server/kernel/sql'
import { silentLog } from '@cloudbox/server/testing/test-cluster'
import { faultTest, rounds } from './testing/fault-test.ts'
import type { Random } from './testing/random.ts'
import { bugsOf, startServerProcess, type ServerProcess } from './testing/server-process.ts'

const kills = 12 * rounds
const documents = 20_000

type Age = { type: 'text' } | { type: 'integer' }

faultTest(
  'the server killed again and again while fields change online: every change ends, and no value is lost',
  async (t, random) => {
    const server = await startServerProcess(t)
    const db = await openDatabase(
      readConnectionUrl(server.databaseUrl) as Parameters<typeof openDatabase>[0],
      { log: silentLog, poolSize: 2, statementTimeoutMs: 60_000 },
    )
    t.after(() => db.close())
    await persist(server, 'POST', '/data/$collections', {
      name: 'people',
      fields: { name: { type: 'text' }, age: { type: 'text' } },
    })
    const environment = await findEnvironment(db)
    const table = `"${environment.schema}".people`
    await db.query(
      raw(
        `insert into ${table} (name, age) select 'p' || n, (n % 100)::text from generate_series(1, ${documents}) n`,
      ),
    )
    const people = new People(server, await ageOf(db, table), random)
    t.after(() => people.stop())
    const writing = people.write()

    let [now, next]: [Age, Age] = [{ type: 'text' }, { type: 'integer' }]
    const ends = { done: 0, cancelled: 0 }
    let killed = 0
    while (killed < kills) {
      const deps = { db, catalog: createCatalog(db), stream: { publish: async () => {} } }
      const { id } = await startChange(deps, environment, {
        ...{ kind: 'change-field', collection: 'people', field: 'age', before: now, after: next },
      })
      const isCancelled = random.integer(0, 3) === 0
      let state = 'running'
      for (let hits = random.integer(2, 6); state === 'running' || state === 'failed'; hits--) {
        await delay(random.integer(0, 400))
        // In the middle of its answer, too.
        if (isCancelled && hits <= 3) server.request('POST', `/schema/changes/${id}/cancel`).catch(() => {})
        if (hits > 0) {
          await delay(random.integer(0, 30))
          await server.kill()
          await server.start()
          killed++
        }
        const { body } = await persist(server, 'GET', `/schema/changes/${id}`)
        state = (body as { state: string }).state
        assert.notEqual(state, 'failed', JSON.stringify(body))
      }
      if (state === 'done') [now, next] = [next, now]
      ends[state as keyof typeof ends]++
      const { body } = await persist(server, 'GET', '/data/$collections/people')
      assert.equal((body as { fields: { age: Age } }).fields.age.type, now.type)
      await people.check(() => ageOf(db, table))
      const left = await db.query(
        raw(`select attname from pg_attribute where attrelid = '${table}'::regclass and attname ~ '^age[.]' and not attisdropped
          union all select tgname from pg_trigger where tgrelid = '${table}'::regclass and tgname ~ 'data_change'`),
      )
      assert.deepEqual(left, [], 'nothing of the change stays')
    }
    people.stop()
    await writing
    assert.deepEqual(bugsOf(server), [])
    t.diagnostic(`${killed} kills, ${JSON.stringify(ends)}, ${people.writes} writes`)
  },
)

/** Writes ages all the time, and knows which each document may have. */
class People {
  writes = 0
  #isOver = false
  readonly #server: ServerProcess
  readonly #may: Map<string, Set<number>>
  readonly #random: Random

  constructor(server: ServerProcess, ages: ReadonlyMap<string, number>, random: Random) {
    this.#server = server
    this.#may = new Map([...ages].map(([id, age]) => [id, new Set([age])]))
    this.#random = random
  }

  stop(): void {
    this.#isOver = true
  }

  async write(): Promise<void> {
    const ids = [...this.#may.keys()]
    let asText = true
    while (!this.#isOver) {
      const id = this.#random.pick(ids)
      const age = this.#random.integer(0, 1000)
      const known = this.#may.get(id)!
      known.add(age)
      try {
        const { status } = await this.#server.request('PATCH', `/data/people/${id}`, {
          age: asText ? String(age) : age,
        })
        if (status < 300) {
          this.writes++
          this.#may.set(id, new Set([age]))
        } else {
          if (status < 500) known.delete(age)
          if (status === 422) asText = !asText
        }
      } catch {
        // Nobody knows whether it was written.
        await delay(20)
      }
    }
  }

  /** Compares what is there with what may be; a write that is under way may be there or not. */
  async check(read: () => Promise<ReadonlyMap<string, number>>): Promise<void> {
    const before = new Map([...this.#may].map(([id, known]) => [id, new Set(known)]))
    const ages = await read()
    assert.equal(ages.size, this.#may.size, 'no document is lost')
    for (const [id, age] of ages) {
      const may = [...before.get(id)!, ...this.#may.get(id)!]
      assert.ok(may.includes(age), `${id} is ${age}, and may be ${may.join(' or ')}`)
    }
  }
}

async function ageOf(db: Database, table: string): Promise<Map<string, number>> {
  // Each text is new: a statement that stays prepared fails when the types it answers change.
  const rows = await db.query<{ id: string; age: string }>(
    raw(`select id, age::text as age from ${table} -- ${performance.now()}`),
  )
  return new Map(rows.map(({ id, age }) => [id, Number(age)]))
}

async function findEnvironment(db: Database): Promise<Environment> {
  const [row] = await db.query<Record<string, string>>(
    raw(`select id::text as id, schema_name as schema, role_name as role, name from cloudbox.platform_environments
      where to_regclass(format('%I.people', schema_name)) is not null`),
  )
  return row as unknown as Environment
}

/** Asks until it is answered: the server may have been killed a moment ago. */
async function persist(server: ServerProcess, method: string, path: string, body?: unknown) {
  for (;;) {
    const answer = await server.request(method, path, body).catch(() => undefined)
    if (answer !== undefined && answer.status < 300) return answer
    if (answer !== undefined && answer.status < 500) throw new Error(JSON.stringify(answer.body))
    await delay(100)
  }
}
