import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from '../child.ts'
import { compared, median, plain } from '../figure.ts'
import type { Report } from '../report.ts'
import { caller } from '../stage.ts'

const rounds = 5
const megabyte = 1024 * 1024

interface Ready {
  readonly base: string
  readonly secretKey: string
  readonly schema: string
  readonly connection: pg.PoolConfig
}

/** Three collections, as an app would have them: users' things, their parts, and what happened to them. */
const collections = [
  {
    name: 'projects',
    fields: {
      title: { type: 'text', required: true, max: 200 },
      owner: { type: 'text' },
      about: { type: 'text' },
      meta: { type: 'json' },
    },
    indexes: [{ fields: ['owner', '-createdAt'] }],
    policies: { list: 'doc.owner == auth.uid', get: 'doc.owner == auth.uid' },
  },
  {
    name: 'tasks',
    fields: {
      project: { type: 'relation', to: 'projects', required: true, onDelete: 'cascade' },
      title: { type: 'text', required: true, min: 1, max: 200 },
      state: { type: 'select', options: ['open', 'done'], required: true },
      priority: { type: 'integer', min: 0, max: 1000 },
      due: { type: 'timestamp' },
      notes: { type: 'text' },
    },
    indexes: [{ fields: ['state', '-due'] }, { fields: ['priority'] }],
    policies: { list: 'db.projects.exists(p, p.id == doc.project && p.owner == auth.uid)' },
  },
  {
    name: 'events',
    fields: {
      task: { type: 'relation', to: 'tasks', required: true, onDelete: 'cascade' },
      kind: { type: 'text', required: true },
      data: { type: 'json' },
    },
    indexes: [{ fields: ['kind', 'createdAt'] }],
  },
]

/** A branch with 100 MB of documents, against `create table as` of the same rows. */
export async function branch(say: (text: string) => void): Promise<Report> {
  say('starting')
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudbox-bench-'))
  const product = await startChild<Ready>('./product.ts', { dataDir })
  const { base, secretKey, schema, connection } = product.ready
  const pool = new pg.Pool({ ...connection, max: 4 })
  const call = caller(base, secretKey)
  const names = collections.map(({ name }) => name)
  try {
    for (const collection of collections) await call('/data/$collections', collection)
    say('branch: loading')
    await load(pool, schema)
    const { rows: sizes } = await pool.query<{ rows: string; heap: string; all: string }>(
      `select sum(c.reltuples)::bigint as rows, sum(pg_table_size(c.oid)) as heap, sum(pg_total_relation_size(c.oid)) as all
       from pg_class c where c.relnamespace = $1::regnamespace and c.relname = any ($2)`,
      [schema, names],
    )
    const { rows, heap, all } = sizes[0]!
    const ask = async (name: string, data: unknown) => {
      const times = await product.ask<{ makeMs: number; copyMs: number }>({ do: 'branch', name, data })
      await drop(pool, name)
      await settle(pool)
      return times
    }

    const whole: number[] = []
    const floor: number[] = []
    const bare: number[] = []
    const sample: number[] = []
    const made: number[] = []
    for (let round = 0; round < rounds; round++) {
      say(`branch: round ${round + 1} of ${rounds}`)
      floor.push((await createTablesAs(pool, schema, names)) / 1000)
      await settle(pool)
      const { makeMs, copyMs } = await ask(`all-${round}`, 'all')
      made.push(makeMs / 1000)
      whole.push(copyMs / 1000)
      bare.push((await ask(`none-${round}`, 'none')).copyMs / 1000)
      sample.push((await ask(`sample-${round}`, { samplePercent: 5 })).copyMs / 1000)
    }
    return {
      title: 'Branches',
      about: `An environment with ${Number(rows).toLocaleString('en')} documents in 3 collections with 11 indexes and 2 relations, ${Math.round(Number(heap) / megabyte)} MB of rows and ${Math.round(Number(all) / megabyte)} MB with indexes, copied into another one: the whole copy, from the first lock to the commit, with indexes, foreign keys and statistics. Against \`create table as select *\` of the same rows, which makes none of those. ${rounds} rounds, in turn, with a checkpoint before each.`,
      figures: [
        compared('with all documents', 's', whole, floor),
        plain('with a sample of 5 %', 's', median(sample)),
        plain('without documents', 's', median(bare)),
        plain('making the empty environment before', 's', median(made)),
      ],
    }
  } finally {
    await pool.end()
    await product.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function load(pool: pg.Pool, schema: string): Promise<void> {
  await pool.query(`
    insert into "${schema}".projects (title, owner, about, meta)
    select 'project ' || n, 'u' || n % 100, repeat(md5(n::text), 6), jsonb_build_object('color', md5(n::text), 'members', n % 30)
    from generate_series(1, 20000) n`)
  await pool.query(`
    with p as materialized (select array_agg(id) as ids from "${schema}".projects)
    insert into "${schema}".tasks (project, title, state, priority, due, notes)
    select p.ids[1 + n % 20000], 'task ' || n, case n % 3 when 0 then 'done' else 'open' end, n % 1000,
      now() + n * interval '1 minute', repeat(md5(n::text), 8)
    from p, generate_series(1, 120000) n`)
  await pool.query(`
    with t as materialized (select array_agg(id) as ids from "${schema}".tasks)
    insert into "${schema}".events (task, kind, data)
    select t.ids[1 + n % 120000], (array['made', 'moved', 'done', 'seen'])[1 + n % 4], jsonb_build_object('by', md5(n::text), 'n', n)
    from t, generate_series(1, 200000) n`)
  await pool.query(`vacuum analyze "${schema}".projects, "${schema}".tasks, "${schema}".events`)
  await settle(pool)
}

/** The same rows as plain tables, in one transaction. */
async function createTablesAs(pool: pg.Pool, schema: string, names: readonly string[]): Promise<number> {
  const start = performance.now()
  await pool.query(
    `begin; create schema copies; ${names.map(name => `create table copies.${name} as select * from "${schema}".${name};`).join(' ')} commit`,
  )
  const ms = performance.now() - start
  await pool.query('drop schema copies cascade')
  return ms
}

async function drop(pool: pg.Pool, name: string): Promise<void> {
  await pool.query(`drop schema "bench__${name.replaceAll('-', '_')}" cascade`)
}

/** What the round before has left to do is done before the next begins. */
async function settle(pool: pg.Pool): Promise<void> {
  await pool.query('checkpoint')
  await delay(300)
}
