/**
 * monitoring: what the server does, counted and told.
 *
 * How it flows: the kernel tells of every request once (an observation); each process counts it into the ten seconds it ended
 * in (counting) and perhaps draws it to be kept whole (kept); one process collects from all, writes, and merges ten seconds
 * into minutes and minutes into hours (rollups). Questions are answered from those (reading); what ends now is told live.
 *
 * Guarantees: percentiles within 1.1 % whatever was merged; requests wait for none of it; while the database is away an hour is
 * held in memory; nothing about anybody is kept: no header, body, key, address or value of a parameter; an environment sees
 * only its own.
 * It is not: what was done by whom (audit of platform), which indexes would help (advisor), or who visits (usage).
 */
import type { NowReply } from '@cloudbox/protocol/monitoring'
import type { Environment } from '../../kernel/caller.ts'
import { on } from '../../kernel/events.ts'
import { defineModule } from '../../kernel/module.ts'
import { version } from '../../kernel/version.ts'
import { limitConcurrency } from '../../lib/limit-concurrency.ts'
import { entryRecorded, platform } from '../platform/module.ts'
import { monitoringConfig } from './config.ts'
import { Recorder } from './counting/recorder.ts'
import { readReport, writeReport, type Report } from './counting/report.ts'
import type { CountedWindow } from './counting/window.ts'
import type { MonitoringDeps } from './deps.ts'
import { Keeper } from './kept/keeper.ts'
import { requestRoutes } from './kept/request-routes.ts'
import { LiveFeed } from './live/live-feed.ts'
import { addMarker, markerKindOf, markStart } from './markers/markers.ts'
import { metricsRoute } from './metrics/metrics-route.ts'
import { metricsOf, type Metric } from './metrics/metrics.ts'
import { writeMetrics } from './metrics/prometheus.ts'
import { Totals, type ProcessTotals } from './metrics/totals.ts'
import { readDatabase, readSlotLag, readStorage } from './now/database-levels.ts'
import { nowRoutes } from './now/now-routes.ts'
import { ProcessMeter } from './now/process-meter.ts'
import { readFrames, readRequestCounts, type FrameTime } from './reading/read-frames.ts'
import { seriesRoutes } from './reading/series-routes.ts'
import { Collector, finishedQuestion, takeQuestion } from './rollups/collector.ts'
import { OperationsTable } from './rollups/operations-table.ts'
import { StoredWindows } from './rollups/stored-windows.ts'
import { Writer } from './rollups/writer.ts'

export {
  Counted,
  isSetBack,
  levelNames,
  nowhere,
  type CountedWindow,
  type LevelName,
} from './counting/window.ts'
export type { LevelTally } from './counting/tally.ts'
export type { Metric } from './metrics/metrics.ts'
export { levelAt, Point, valueAt, type OperationMetric } from './reading/points.ts'
export type { Frame, RequestCount } from './reading/read-frames.ts'

/** A year of an environment takes a core for seconds. */
const longReadsAtOnce = 2
const totalsQuestion = 'monitoring.totals'

export const monitoring = defineModule({
  name: 'monitoring',
  needs: { platform },
  config: monitoringConfig,
  migrations: new URL('./migrations/', import.meta.url),
  start({ db, clock, log, gate, peers, observer, config }, { platform }) {
    const operationAt = (index: number) => observer.operationAt(index)
    const operations = new OperationsTable(observer)
    const windows = new StoredWindows(db, operations)
    const meter = new ProcessMeter(db, peers.worker)
    const totals = new Totals()
    const live = new LiveFeed(operationAt)
    const recorder = new Recorder(
      clock,
      function* () {
        yield* observer.levels()
        yield* meter.turn()
      },
      window => totals.add(window),
    )
    const keeper = new Keeper(config, clock)
    const stopHearing = config.recording
      ? [
          observer.hear(observation => recorder.hear(observation)),
          observer.hear(observation => keeper.hear(observation)),
        ]
      : []
    const writer = new Writer({
      db,
      clock,
      log,
      observer,
      operations,
      windows,
      retention: config,
      environmentIds: platform.everyEnvironmentId,
    })
    // One process writes; where there are workers, that is the one that starts them and serves nobody.
    const collects = peers.worker === undefined
    const hearers = new Set<(windows: readonly CountedWindow[]) => Promise<void>>()
    const metricSources = new Set<() => Promise<readonly Metric[]>>()
    const collector = new Collector({
      db,
      clock,
      log,
      observer,
      peers,
      writer,
      environments: platform.environments,
      written: async windows => {
        for (const hear of hearers) await hear(windows)
      },
    })

    peers.answer(takeQuestion, () => writeReport(observer, recorder.take(), keeper.take()))
    peers.answer(finishedQuestion, async (report: Report) => {
      await live.tell(readReport(observer, report))
    })
    peers.answer(totalsQuestion, (): ProcessTotals => {
      const { user, system } = process.cpuUsage()
      return {
        report: totals.with(recorder.current).write(observer),
        process: meter.state(),
        cpuSeconds: (user + system) / 1e6,
        levels: [...observer.levels()],
      }
    })
    const askTotals = () => peers.ask<ProcessTotals>(totalsQuestion, null)

    const readNow = async (environment: Environment): Promise<NowReply> => {
      const [processes, database, storage] = await Promise.all([
        askTotals(),
        readDatabase(db),
        readStorage(db, [environment]),
      ])
      const sum = (wanted: string) =>
        processes
          .flatMap(({ levels }) => levels)
          .filter(({ name, environmentId }) => name === wanted && environmentId === environment.id)
          .reduce((whole, { value }) => whole + value, 0)
      return {
        at: clock.now(),
        processes: processes.map(one => one.process).sort((a, b) => (a.worker ?? 0) - (b.worker ?? 0)),
        database,
        environment: {
          connections: sum('connections'),
          subscriptions: sum('subscriptions'),
          storage: storage.get(environment.id) ?? 0,
        },
      }
    }
    const deps: MonitoringDeps = {
      db,
      clock,
      gate,
      config,
      windows,
      longReads: limitConcurrency(longReadsAtOnce),
      live,
      operationAt,
      readNow,
      environmentsOf: platform.environmentsOf,
    }
    const readMetrics = async (): Promise<Metric[]> => {
      const [processes, slotLag] = await Promise.all([askTotals(), readSlotLag(db).catch(() => null)])
      const whole = new Totals()
      for (const { report } of processes) whole.join(Totals.read(observer, report))
      const places = new Map(platform.environments().map(one => [one.id, one]))
      const own = metricsOf({
        totals: whole,
        processes,
        slotLag,
        operationAt,
        placeOf: id => places.get(id),
      })
      const others = await Promise.all([...metricSources].map(read => read()))
      return [...own, ...others.flat()]
    }
    const writePage = async () => writeMetrics(await readMetrics())

    return {
      api: {
        /** Whether this process collects from all. */
        collects: collects && config.recording,
        operationAt,
        /** How long windows of each length are kept. */
        retention: config,
        /** In the one process that collects: hears of windows once they are written; the next ones wait for it. */
        hearWritten: (hear: (windows: readonly CountedWindow[]) => Promise<void>) => void hearers.add(hear),
        /** What was counted for an environment, from the longest windows to the shortest. */
        readFrames: (environmentId: string, time: FrameTime) => readFrames(db, windows, environmentId, time),
        /** The same, but only how many requests there were and failed. */
        readRequestCounts: (environmentId: string, time: FrameTime) =>
          readRequestCounts(db, windows, environmentId, time, operationAt),
        /** Everything counted since the start, of all processes, and what others have added. */
        readMetrics,
        /** Adds figures of another module. */
        addMetrics: (read: () => Promise<readonly Metric[]>) => void metricSources.add(read),
      },
      routes: [
        ...seriesRoutes(deps),
        ...requestRoutes(deps),
        ...nowRoutes(deps),
        metricsRoute(config.metricsToken, writePage),
      ],
      listeners: collects
        ? [
            on(entryRecorded, async ({ place, action, subject, atMs }) => {
              const kind = markerKindOf(action)
              const environment = kind && platform.environments().find(one => placeOf(one) === place)
              if (kind === undefined || environment === undefined) return
              await addMarker(db, { environmentId: environment.id, at: atMs, kind, title: action, subject })
            }),
          ]
        : [],
      async ready() {
        if (!collects || !config.recording) return
        await markStart(db, version, clock.now())
        collector.begin()
      },
      stop: async () => {
        live.close()
        await collector.stop()
      },
      end: async () => {
        for (const stop of stopHearing) stop()
        meter.stop()
        if (!config.recording) return
        writer.put(recorder.takeAll(), keeper.take())
        await writer.write().catch((error: unknown) => log.warn('monitoring.write-failed', { error }))
      },
    }
  },
})

function placeOf({ project, name }: Environment): string {
  return `projects/${project}/environments/${name}`
}
