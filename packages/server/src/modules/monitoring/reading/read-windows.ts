import type { Database } from '../../../kernel/db.ts'
import { readProgress } from '../rollups/compact.ts'
import type { StoredWindow, StoredWindows } from '../rollups/stored-windows.ts'
import type { Range } from './range.ts'

/**
 * Everything that was counted in a time, once: from the longest windows that fit, and from shorter ones what has not been
 * merged yet.
 */
export async function readWindows(
  db: Database,
  windows: StoredWindows,
  { from, to, base }: Pick<Range, 'from' | 'to' | 'base'>,
  environmentIds: readonly string[],
): Promise<StoredWindow[]> {
  const merged = { 10: Infinity, ...(await readProgress(db)) }
  const found: StoredWindow[] = []
  let begin = from
  for (const step of [3600, 60, 10] as const) {
    if (step > base) continue
    const end = Math.min(to, merged[step])
    if (end <= begin) continue
    found.push(...(await windows.read(db, step, { from: begin, to: end }, environmentIds)))
    begin = end
  }
  return found
}
