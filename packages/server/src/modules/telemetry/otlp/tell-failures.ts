import type { Log } from '../../../kernel/log.ts'

/** Of `ExportResult` of the SDK. */
interface Result {
  readonly code: number
  readonly error?: Error
}

interface Exporter {
  export(items: never, done: (result: Result) => void): void
}

/** Says in the log when a collector takes nothing any more, and when it does again; what was not taken is lost. */
export function tellFailures<E extends Exporter>(exporter: E, signal: string, log: Log): E {
  const send = exporter.export.bind(exporter) as (items: never, done: (result: Result) => void) => void
  let isFailing = false
  exporter.export = (items: never, done: (result: Result) => void) =>
    send(items, result => {
      const failed = result.code !== 0
      if (failed !== isFailing) {
        isFailing = failed
        if (failed) log.warn('telemetry.export-failed', { signal, message: result.error?.message })
        else log.info('telemetry.export-works', { signal })
      }
      done(result)
    })
  return exporter
}
