import type { Marker } from '@cloudbox/protocol/monitoring'
import { format } from '#ui/format.ts'

/** A change of less than this is noise. */
const noticeable = 1.2

/** What a marker says: `migration.applied add_priority: 95 % within 12 ms → 31 ms`. */
export function markerText({ title, subject, before, after }: Marker): string {
  const what = subject === '' || title.includes(subject) ? title : `${title} ${subject}`
  if (before.p95 === null || after.p95 === null || before.p95 === 0) return what
  const factor = after.p95 / before.p95
  if (factor < noticeable && factor > 1 / noticeable) return `${what}: as fast as before`
  return `${what}: 95 % within ${format(before.p95, 'ms')} → ${format(after.p95, 'ms')}`
}
