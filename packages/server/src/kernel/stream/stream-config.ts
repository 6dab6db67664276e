import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'

/** Settings of the change stream. */
export const streamConfig = Type.Object({
  windowBytes: Type.Integer({
    default: 32 * 1024 * 1024,
    minimum: 0,
    description: 'Memory for recent commits, from which live queries resume without reading anew.',
  }),
  windowMs: Type.Integer({
    default: 600_000,
    minimum: 0,
    description: 'How long a commit stays readable, in milliseconds.',
  }),
  windowLogBytes: Type.Integer({
    default: 1024 * 1024 * 1024,
    minimum: 0,
    description: 'Write-ahead log Postgres may be asked to keep for these commits, whoever wrote it.',
  }),
  bulkRows: Type.Integer({
    default: 10_000,
    minimum: 1,
    description: 'A commit that changes more rows of one table is announced as a whole, not row by row.',
  }),
  bulkBytes: Type.Integer({
    default: 16 * 1024 * 1024,
    minimum: 1,
    description: 'A commit that changes more bytes of one table is announced as a whole, not row by row.',
  }),
})
export type StreamConfig = Static<typeof streamConfig>

/** The defaults, as the manual tells them. */
export const streamDefaults: StreamConfig = Value.Create(streamConfig)
