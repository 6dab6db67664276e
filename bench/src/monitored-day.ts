import { openDatabase, type Connection } from '@cloudbox/server/kernel/db'
import { createLog } from '@cloudbox/server/kernel/log'
import { migrate, prepareMigrations } from '@cloudbox/server/kernel/migrate'
import { Observation, type Operation } from '@cloudbox/server/kernel/observation'
import { Observer } from '@cloudbox/server/kernel/observer'
import { sql } from '@cloudbox/server/kernel/sql'
import type { Environment } from '@cloudbox/server/kernel/caller'
import { Recorder, windowMs } from '@cloudbox/server/modules/monitoring/counting/recorder'
import { Keeper } from '@cloudbox/server/modules/monitoring/kept/keeper'
import { OperationsTable } from '@cloudbox/server/modules/monitoring/rollups/operations-table'
import { StoredWindows } from '@cloudbox/server/modules/monitoring/rollups/stored-windows'
import { Writer } from '@cloudbox/server/modules/monitoring/rollups/writer'

/** What an app does: how often of a hundred requests, and how long it usually takes. */
const mix: readonly (readonly [name: string, share: number, usualMs: number])[] = [
  ['GET /data/:collection', 38, 4],
  ['GET /data/:collection/:id', 22, 2],
  ['POST /data/:collection', 9, 8],
  ['PATCH /data/:collection/:id', 8, 7],
  ['DELETE /data/:collection/:id', 2, 6],
  ['POST /auth/token', 6, 9],
  ['GET /auth/user', 4, 2],
  ['POST /auth/sign-in', 2, 60],
  ['POST /auth/sign-out', 1, 5],
  ['POST /realtime/events', 2, 4],
  ['GET /data/:collection/count', 2, 5],
  ['POST /data/$batch', 1, 25],
  ['GET /data/$collections', 1, 3],
  ['GET /monitoring/series', 1, 12],
  ['GET *', 1, 0.5],
]
const perSecond = 10
const dayMs = 86_400_000
/** 10 seconds leave a window each; autovacuum comes when 50 and a fifth of some 2,300 are dead. */
const vacuumMs = 5_400_000
const refusedShare = 0.02
const failedShare = 0.001
const slowShare = 0.004

export interface MonitoredDay {
  /** Bytes on the disk, indexes and what vacuum has not cleared included. */
  readonly windowsBytes: number
  readonly requestsBytes: number
  readonly windows: number
  readonly requests: number
}

/** A day of an app with ten requests a second, counted and written as the server does, with the time driven. */
export async function monitoredDay(
  connection: Connection,
  say: (text: string) => void,
): Promise<MonitoredDay> {
  const log = createLog('warn', line => process.stderr.write(`${line}\n`))
  const db = await openDatabase(connection, { log, poolSize: 2, statementTimeoutMs: 60_000 })
  try {
    await prepareMigrations(db)
    const folder = new URL('../../packages/server/src/modules/monitoring/migrations/', import.meta.url)
    await migrate(db, { word: 'monitoring', folder, schema: 'cloudbox' })
    const end = Math.floor(Date.now() / dayMs) * dayMs
    let nowMs = end - dayMs
    const clock = { now: () => nowMs, onJump: () => () => {} }
    const observer = new Observer()
    const levels = [
      { name: 'memory', value: 1.5e8 },
      { name: 'poolBusy', value: 2 },
      { name: 'poolWaiting', value: 0 },
      { name: 'eventLoop', value: 12.3 },
      { name: 'slotLag', value: 5e6 },
    ]
    const recorder = new Recorder(clock, () => levels)
    const keeper = new Keeper({ slowMs: 500, refusedPercent: 1, keptPerMinute: 6 }, clock)
    const environment = { id: '0197c5a4-7a3e-7c11-9d55-1f0a3b7d2c11' } as Environment
    const operations = new OperationsTable(observer)
    const writer = new Writer({
      db,
      clock,
      log,
      observer,
      operations,
      windows: new StoredWindows(db, operations),
      retention: { secondsHours: 2, minutesDays: 3, hoursDays: 400, keptDays: 14, keptMost: 20_000 },
      environmentIds: () => Promise.resolve([environment.id]),
    })
    const draw = drawOperations(observer)
    for (; nowMs < end;) {
      const observations = Array.from({ length: (perSecond * windowMs) / 1000 }, () =>
        observe(draw(), environment),
      )
      for (const observation of observations) {
        recorder.hear(observation)
        keeper.hear(observation)
      }
      nowMs += windowMs
      writer.put(recorder.take(), keeper.take())
      await writer.write()
      await writer.tidy()
      // A day passes here within a minute; autovacuum, which comes about as often when that is a day, would miss it.
      if (nowMs % vacuumMs === 0) await db.query(sql`vacuum cloudbox.monitoring_windows`)
      if (nowMs % 3_600_000 === 0) say(`monitoring: ${24 - (end - nowMs) / 3_600_000} of 24 hours`)
    }
    const [row] = await db.query<MonitoredDay & Record<string, unknown>>(sql`
      select pg_total_relation_size('cloudbox.monitoring_windows')::float8 as "windowsBytes",
        (pg_total_relation_size('cloudbox.monitoring_requests')
          + pg_total_relation_size('cloudbox.monitoring_statements'))::float8 as "requestsBytes",
        (select count(*)::int from cloudbox.monitoring_windows) as windows,
        (select count(*)::int from cloudbox.monitoring_requests) as requests`)
    return row!
  } finally {
    await db.close()
  }
}

function drawOperations(observer: Observer): () => { operation: Operation; usualMs: number } {
  const hundred = mix.flatMap(([name, share, usualMs]) =>
    Array.from({ length: share }, () => ({ operation: observer.operation('request', name), usualMs })),
  )
  return () => hundred[Math.floor(Math.random() * hundred.length)]!
}

const texts = Array.from(
  { length: 12 },
  (_, i) =>
    `select json_agg(row_to_json(r)) as "j" from (select d."id", d."title", d."owner" from "shop__production"."tasks" d where d."owner" = $1 and d."done" = $2 order by d."priority" desc, d."id" limit $3) r -- ${i}`,
)

function observe(
  { operation, usualMs }: { readonly operation: Operation; readonly usualMs: number },
  environment: Environment,
): Observation {
  const observation = new Observation(operation)
  const chance = Math.random()
  observation.environment = environment
  // Most take about as long as usual, some several times.
  observation.durationMs = usualMs * Math.exp(normal() * 0.6) + (chance < slowShare ? 600 : 0)
  observation.status = chance > 1 - failedShare ? 503 : chance > 1 - failedShare - refusedShare ? 404 : 200
  if (observation.status >= 400) observation.code = 'data/unknown-document'
  observation.databaseMs = observation.durationMs * 0.6
  observation.statementCount = 1
  observation.rows = Math.floor(Math.random() * 20)
  observation.bytesOut = Math.floor(Math.random() * 6000)
  observation.url = `/shop/production/v1${operation.name.split(' ')[1]!.replace(':collection', 'tasks')}?order=a&limit=20`
  observation.requestId = `1a2b3c4d-${Math.floor(Math.random() * 1e6).toString(36)}`
  const text = texts[Math.floor(Math.random() * texts.length)]!
  const { databaseMs: ms } = observation
  observation.statements.push({ text, count: 1, ms, slowestMs: ms, rows: observation.rows })
  return observation
}

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
}
