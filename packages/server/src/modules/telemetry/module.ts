/**
 * telemetry: what the server knows of itself, told to other tools.
 *
 * How it flows: the kernel tells of every request once, with its steps while somebody traces (kernel/trace.ts); here it becomes
 * a trace, which goes on with those who are told of its commit (otlp/fan-out), a line of the log, a line for who drains its
 * environment, or nothing. Figures are
 * those of monitoring. The SDK of OpenTelemetry gathers and sends; it is only loaded where a collector is named.
 *
 * Guarantees: requests wait for none of it; what a collector does not take is lost and said so in the log; no header, body,
 * address or value of a parameter leaves.
 * It is not: what is counted and kept here (monitoring).
 */
import { ConfigProblem } from '../../kernel/config.ts'
import type { Log } from '../../kernel/log.ts'
import { on } from '../../kernel/events.ts'
import { defineModule } from '../../kernel/module.ts'
import { monitoring } from '../monitoring/module.ts'
import { directoryChanged, platform } from '../platform/module.ts'
import { checkConfig } from './check-config.ts'
import { telemetryConfig, type TelemetryConfig } from './config.ts'
import { drainRoutes } from './drains/drain-routes.ts'
import { Drains } from './drains/drains.ts'
import { LogFile } from './log-file.ts'
import { endingOf, levelOf, requestFields } from './request-line.ts'

const logged = {
  none: [],
  failed: ['failed'],
  refused: ['failed', 'refused'],
  all: ['failed', 'refused', 'answered'],
} as const

export const telemetry = defineModule({
  name: 'telemetry',
  needs: { monitoring, platform },
  config: telemetryConfig,
  migrations: new URL('./migrations/', import.meta.url),
  async start(
    { db, vault, log, observer, peers, config },
    { monitoring: { collects, readMetrics }, platform: { environments, knows, authorOf } },
  ) {
    checkConfig(config)
    const stops: (() => unknown)[] = []
    if (config.otlpUrl !== '') {
      const { openOtlp } = await import('./otlp/open-otlp.ts')
      stops.push(openOtlp({ config, log, observer, peers, readMetrics: collects ? readMetrics : undefined }))
    }
    if (config.logFile !== '') {
      const file = await openLogFile(config, peers.worker, log)
      const stopHearing = log.hear(line => file.write(line))
      stops.push(async () => {
        stopHearing()
        await file.close()
      })
    }
    const wanted: readonly string[] = logged[config.logRequests]
    if (wanted.length > 0)
      stops.push(
        observer.hear(observation => {
          if (observation.operation.kind !== 'request') return
          const ending = endingOf(observation)
          if (!wanted.includes(ending)) return
          log[levelOf(ending)]('request', requestFields(observation))
        }),
      )
    const drains = new Drains({ db, vault, log, environments })
    stops.push(
      observer.hear(observation => drains.hear(observation)),
      () => drains.stop(),
    )
    return {
      routes: drainRoutes({ db, vault, peers, drains, authorOf }),
      listeners: [
        // Environments come and go, and with them who drains them.
        on(directoryChanged, async (_changed, { xid }) => {
          await knows(xid)
          await drains.load()
        }),
      ],
      ready: () => drains.load(),
      end: async () => {
        for (const stop of stops.reverse()) await stop()
      },
    }
  },
})

/** Each process has a file of its own, so that no two put one aside. */
function openLogFile(
  { logFile, logFileMegabytes, logFilesKept }: TelemetryConfig,
  worker: number | undefined,
  log: Log,
): Promise<LogFile> {
  const path = worker === undefined ? logFile : `${logFile}.worker-${worker}`
  return LogFile.open({ path, mostBytes: logFileMegabytes * 1e6, kept: logFilesKept, log }).catch(
    (error: Error) => {
      throw new ConfigProblem([
        `--telemetry-log-file: ${path} cannot be opened: ${error.message} (name a file in a folder that is there)`,
      ])
    },
  )
}
