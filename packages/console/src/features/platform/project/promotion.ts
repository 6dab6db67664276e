import type { Promotion } from '@cloudbox/protocol/platform-replies'
import { valueText } from '../audit/diff-values.ts'

/** `4 changes`, as a promotion is summed up. */
export function changeCount({ steps, settings, variables }: Promotion['plan']): string {
  const count = steps.length + settings.length + variables.length
  return count === 1 ? 'One change' : `${count} changes`
}

/** `THEME from nothing to dark`, after the name. */
export function difference({
  before,
  after,
}: {
  readonly before?: unknown
  readonly after?: unknown
}): string {
  return `from ${before === undefined ? 'unset' : valueText(before)} to ${after === undefined ? 'unset' : valueText(after)}`
}

/** What a rehearsed step did, for people: `2 documents, 14 ms, rewrites the table`. */
export function rehearsed({ rows, ms, isRewrite }: Promotion['rehearsal']['steps'][number]): string {
  const documents = rows === 0 ? [] : [rows === 1 ? 'one document' : `${rows} documents`]
  const duration = ms < 1 ? 'under 1 ms' : `${Math.round(ms)} ms`
  return [...documents, duration, ...(isRewrite ? ['writes the whole table anew'] : [])].join(', ')
}
