import type { Observation } from '../../kernel/observation.ts'

/** How a request ended, for those who want lines of some only. */
export type Ending = 'answered' | 'refused' | 'failed'

export function endingOf({ status }: Pick<Observation, 'status'>): Ending {
  if (status >= 500) return 'failed'
  return status >= 400 ? 'refused' : 'answered'
}

export function levelOf(ending: Ending): 'info' | 'warn' {
  return ending === 'failed' ? 'warn' : 'info'
}

/** What the log says of a request. Nothing of what it said is among them, nor who sent it. */
export function requestFields(observation: Observation): object {
  const { operation, environment, caller, status, code, durationMs, databaseMs } = observation
  const { statementCount, rows, bytesIn, bytesOut, requestId } = observation
  return {
    operation: operation.name,
    ...(environment === undefined ? {} : { project: environment.project, environment: environment.name }),
    caller,
    status,
    ...(code === undefined ? {} : { code }),
    ms: round(durationMs),
    databaseMs: round(databaseMs),
    statements: statementCount,
    rows,
    bytesIn,
    bytesOut,
    requestId,
  }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
