import type { AnyValueMap, LogRecord } from '@opentelemetry/api-logs'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { lineText, type LogLine } from '../../../kernel/log.ts'

const severities = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
} as const

/** A line of the log as a record of OpenTelemetry: the event is its body, its fields are attributes. */
export function toLogRecord(line: LogLine): LogRecord {
  // As it is written: an error among the fields with its stack, big numbers as text.
  const {
    time: _time,
    level: _level,
    event: _event,
    ...attributes
  } = JSON.parse(lineText(line)) as AnyValueMap
  return {
    timestamp: line.atMs,
    severityNumber: severities[line.level],
    severityText: line.level,
    body: line.event,
    attributes,
  }
}
