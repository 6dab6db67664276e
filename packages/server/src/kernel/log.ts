/** What was written, as a program gets it. */
export interface LogLine {
  /** ms since 1970. */
  readonly atMs: number
  readonly level: Exclude<LogLevel, 'silent'>
  readonly event: string
  readonly fields: object
}

/** Writes what happened, one line each. Fields never hold secrets. */
export interface Log {
  debug(event: string, fields?: object): void
  info(event: string, fields?: object): void
  warn(event: string, fields?: object): void
  error(event: string, fields?: object): void
  /** Hears of every line that is written from now on; must be quick and must not throw. Returns the way to stop. */
  hear(hear: (line: LogLine) => void): () => void
}

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof levels)[number]

/**
 * A log of JSON lines: `{"time","level","event",…fields}`. An `Error` among the fields is written with its stack.
 *
 * @param always fields every line has, e.g. which process it comes from
 */
export function createLog(level: LogLevel, write: (line: string) => void, always: object = {}): Log {
  const lowest = levels.indexOf(level)
  const hearers = new Set<(line: LogLine) => void>()
  const at = (name: LogLine['level']) =>
    levels.indexOf(name) < lowest
      ? () => {}
      : (event: string, fields: object = {}) => {
          const line = { atMs: Date.now(), level: name, event, fields: { ...always, ...fields } }
          write(lineText(line))
          for (const hear of hearers) hear(line)
        }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    hear(hear) {
      hearers.add(hear)
      return () => hearers.delete(hear)
    },
  }
}

/** A line as JSON, without its end. */
export function lineText({ atMs, level, event, fields }: LogLine): string {
  return JSON.stringify({ time: new Date(atMs).toISOString(), level, event, ...fields }, plainError)
}

function plainError(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value
}
