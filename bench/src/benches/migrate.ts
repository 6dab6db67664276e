import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { startChild } from '../child.ts'
import { percentile, plain } from '../figure.ts'
import type { Report } from '../report.ts'
import { caller } from '../stage.ts'

const documents = 1_000_000
const writers = 2
const readers = 2
const quietMs = 15_000

interface Ready {
  readonly base: string
  readonly secretKey: string
  readonly schema: string
  readonly connection: pg.PoolConfig
}

interface Change {
  readonly state: string
  readonly phase: string
  readonly rowsDone: number
  readonly error: string | null
}

const collection = (name: string) => ({ name, fields: { name: { type: 'text' }, age: { type: 'text' } } })

/** A type change of a million documents with reads and writes going on: online, and in one transaction. */
export async function migrate(say: (text: string) => void): Promise<Report> {
  say('starting')
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudbox-bench-'))
  const product = await startChild<Ready>('./product.ts', { dataDir })
  const { base, secretKey, schema, connection } = product.ready
  const pool = new pg.Pool({ ...connection, max: 2 })
  const call = caller(base, secretKey)
  try {
    const ids: Record<string, string[]> = {}
    for (const name of ['online', 'plain']) {
      say(`migrate: filling ${name}`)
      await call('/data/$collections', collection(name))
      await pool.query(
        `insert into "${schema}"."${name}" (name, age) select 'person ' || n, (n % 100)::text from generate_series(1, ${documents}) n`,
      )
      await pool.query(`vacuum analyze "${schema}"."${name}"`)
      const { rows } = await pool.query<{ id: string }>(
        `select id from "${schema}"."${name}" tablesample system (1) limit 5000`,
      )
      ids[name] = rows.map(({ id }) => id)
    }
    await pool.query('checkpoint')

    const load = (name: string) => startLoad(base, secretKey, name, ids[name]!)
    say('migrate: reads and writes alone')
    const alone = load('online')
    await delay(quietMs)
    const before = await alone.stop()

    say('migrate: online')
    const during = load('online')
    const start = performance.now()
    const action = {
      ...{ kind: 'change-field', collection: 'online', field: 'age' },
      ...{ before: { type: 'text' }, after: { type: 'integer' } },
    }
    const { id } = await product.ask<{ id: string }>({ do: 'begin', action })
    let contractAt: number | undefined
    for (;;) {
      const now = await product.ask<Change>({ do: 'change', change: id })
      if (now.phase === 'archive') contractAt ??= performance.now()
      if (now.state === 'failed') throw new Error(now.error ?? 'the change failed')
      if (now.state === 'done') break
      say(`migrate: online, ${now.phase}, ${now.rowsDone} of ${documents}`)
      await delay(100)
    }
    const ms = performance.now() - start
    const online = await during.stop()

    say('migrate: in one transaction')
    const blocked = load('plain')
    await delay(1000)
    const plainStart = performance.now()
    await pool.query(`alter table "${schema}"."plain" alter column age type bigint using age::bigint`)
    const plainMs = performance.now() - plainStart
    await delay(1000)
    const atOnce = await blocked.stop()

    const seconds = ((contractAt ?? start) - start) / 1000
    return {
      title: 'Online change of a million documents',
      about: `A field of ${documents.toLocaleString('en')} documents becomes an integer where it was text, while ${writers} clients write single documents and ${readers} read them through the API, each as fast as it is answered. Against the same load without a change, and against \`alter table … type\` of a table like it. "until it counts" is from the beginning to the contract; after it old values move to the trash.`,
      figures: [
        plain('until it counts', 's', seconds),
        plain('until the end', 's', ms / 1000),
        plain('computed until it counts', 'rows/s', documents / seconds),
        ...(['writes', 'reads'] as const).flatMap(kind => [
          plain(`${kind} without a change: p99`, 'ms', percentile(before[kind], 0.99)),
          plain(`${kind} without a change: longest`, 'ms', Math.max(...before[kind])),
          plain(`${kind} during the change: p99`, 'ms', percentile(online[kind], 0.99)),
          plain(`${kind} during the change: longest`, 'ms', Math.max(...online[kind])),
          plain(`${kind} during alter table: longest`, 'ms', Math.max(...atOnce[kind])),
        ]),
        plain('alter table', 's', plainMs / 1000),
        plain(
          'requests without a change',
          '1/s',
          (before.writes.length + before.reads.length) / before.seconds,
        ),
        plain(
          'requests during the change',
          '1/s',
          (online.writes.length + online.reads.length) / online.seconds,
        ),
      ],
    }
  } finally {
    await pool.end()
    await product.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Clients that ask one thing after another, and how long each answer took. */
function startLoad(base: string, key: string, name: string, ids: readonly string[]) {
  let isOver = false
  const startedAt = performance.now()
  const writes: number[] = []
  const reads: number[] = []
  const headers = { apikey: key, 'content-type': 'application/json' }
  const ask = async (kind: number[], path: string, init: RequestInit = {}): Promise<void> => {
    const start = performance.now()
    const response = await fetch(`${base}${path}`, { ...init, headers })
    await response.arrayBuffer()
    // Kept waiting for so long that it was given up: it has waited all the same.
    if (!response.ok && response.status !== 503) throw new Error(`${path}: ${response.status}`)
    kind.push(performance.now() - start)
  }
  const pick = () => ids[Math.floor(Math.random() * ids.length)]!
  const repeat = async (once: () => Promise<void>): Promise<void> => {
    while (!isOver) await once()
  }
  let n = 0
  const all = Promise.all([
    ...Array.from({ length: writers }, () =>
      repeat(() =>
        ask(writes, `/data/${name}/${pick()}`, {
          method: 'PATCH',
          body: JSON.stringify({ name: `written ${++n}` }),
        }),
      ),
    ),
    ...Array.from({ length: readers }, () => repeat(() => ask(reads, `/data/${name}/${pick()}`))),
  ])
  return {
    async stop() {
      isOver = true
      await all
      return { writes, reads, seconds: (performance.now() - startedAt) / 1000 }
    },
  }
}
