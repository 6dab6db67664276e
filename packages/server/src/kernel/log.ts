/** Writes what happened, one line each. Fields never hold secrets. */
export interface Log {
  debug(event: string, fields?: object): void
  info(event: string, fields?: object): void
  warn(event: string, fields?: object): void
  error(event: string, fields?: object): void
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
  const at = (name: LogLevel) =>
    levels.indexOf(name) < lowest
      ? () => {}
      : (event: string, fields: object = {}) =>
          write(
            JSON.stringify(
              { time: new Date().toISOString(), level: name, event, ...always, ...fields },
              plainError,
            ),
          )
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function plainError(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value
}
