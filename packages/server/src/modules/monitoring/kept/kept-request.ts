import type { keptReasons } from '@cloudbox/protocol/monitoring'
import type { CallerKind, Observation } from '../../../kernel/observation.ts'
import { maskPath } from './mask-path.ts'
import { maskSql } from '../../../lib/mask-sql.ts'

export type KeptReason = (typeof keptReasons)[number]

interface KeptStatement {
  readonly text: string
  readonly isPlannable: boolean
  readonly count: number
  /** µs */
  readonly durationUs: number
  readonly slowestUs: number
  readonly rows: number
}

/** A request as it is kept whole: plain data, without a value of anybody. */
export interface KeptRequest {
  readonly environmentId: string
  /** When it came, ms since 1970. */
  readonly at: number
  readonly reason: KeptReason
  readonly operation: string
  readonly path: string
  readonly status: number
  readonly code: string | null
  readonly durationUs: number
  readonly databaseUs: number
  readonly statementCount: number
  readonly rows: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly caller: CallerKind
  readonly requestId: string
  readonly statements: readonly KeptStatement[]
}

export function describeRequest(
  observation: Observation,
  environmentId: string,
  reason: KeptReason,
  endedAtMs: number,
): KeptRequest {
  const { operation, durationMs, databaseMs, statementCount, rows, bytesIn, bytesOut } = observation
  const { status, code = null, caller, requestId, url, statements } = observation
  const pattern = operation.name.slice(operation.name.indexOf(' ') + 1)
  return {
    environmentId,
    at: Math.round(endedAtMs - durationMs),
    reason,
    operation: operation.name,
    path: pattern === '*' ? '*' : maskPath(pattern, url),
    status,
    code,
    durationUs: us(durationMs),
    databaseUs: us(databaseMs),
    statementCount,
    rows,
    bytesIn,
    bytesOut,
    caller,
    requestId,
    statements: statements
      .map(({ text, count, ms, slowestMs, rows: read }) => ({
        ...maskSql(text),
        count,
        durationUs: us(ms),
        slowestUs: us(slowestMs),
        rows: read,
      }))
      .sort((a, b) => b.durationUs - a.durationUs),
  }
}

function us(ms: number): number {
  return Math.round(ms * 1000)
}
