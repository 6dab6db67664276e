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
import { entryRecorded, platform } from '../platform/module.ts'
import { monitoringConfig } from './config.ts'
import { Recorder } from './counting/recorder.ts'
import { readReport, writeReport, type Report } from './counting/report.ts'
import type { MonitoringDeps } from './deps.ts'
import { Keeper } from './kept/keeper.ts'
import { requestRoutes } from './kept/request-routes.ts'
import { LiveFeed } from './live/live-feed.ts'
import { addMarker, markerKindOf, markStart } from './markers/markers.ts'
import { metricsRoute } from './metrics/metrics-route.ts'
import { writeMetrics } from './metrics/prometheus.ts'
import { Totals, type ProcessTotals } from './metrics/totals.ts'
import { readDatabase, readSlotLag, readStorage } from './now/database-levels.ts'
import { nowRoutes } from './now/now-routes.ts'
import { ProcessMeter } from './now/process-meter.ts'
import { seriesRoutes } from './reading/series-routes.ts'
import { Collector, finishedQuestion, takeQuestion } from './rollups/collector.ts'
import { OperationsTable } from './rollups/operations-table.ts'
import { StoredWindows } from './rollups/stored-windows.ts'
import { Writer } from './rollups/writer.ts'

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
    const collector = new Collector({
      db,
      clock,
      log,
      observer,
      peers,
      writer,
      environments: platform.environments,
    })

    peers.answer(takeQuestion, () => writeReport(observer, recorder.take(), keeper.take()))
    peers.answer(finishedQuestion, async (report: Report) => {
      for (const window of readReport(observer, report)) await live.tell(window)
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
      live,
      operationAt,
      readNow,
      environmentsOf: platform.environmentsOf,
    }
    const writePage = async () => {
      const [processes, slotLag] = await Promise.all([askTotals(), readSlotLag(db).catch(() => null)])
      const whole = new Totals()
      for (const { report } of processes) whole.join(Totals.read(observer, report))
      const places = new Map(platform.environments().map(one => [one.id, one]))
      return writeMetrics({
        totals: whole,
        processes,
        slotLag,
        operationAt,
        placeOf: id => places.get(id),
      })
    }

    return {
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
