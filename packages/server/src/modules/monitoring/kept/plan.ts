import type { Database } from '../../../kernel/db.ts'
import type { FoundStatement } from './stored-requests.ts'

/** Since Postgres 16 a statement can be planned without its values. */
const since = 16
const timeoutMs = 2000

/** How Postgres would answer the slowest of some statements; nothing where it cannot tell. */
export async function planSlowest(
  db: Database,
  statements: readonly FoundStatement[],
): Promise<{ plan: unknown; planned: string } | undefined> {
  if (db.version < since) return undefined
  const slowest = statements
    .filter(({ isPlannable }) => isPlannable)
    .toSorted((a, b) => b.slowest - a.slowest)[0]
  if (slowest === undefined) return undefined
  // Planning runs nothing. The text is one of the platform's own, kept as it was sent (mask-sql).
  const text = `explain (generic_plan, format json) ${slowest.text}`
  try {
    const values = Array.from({ length: parameters(slowest.text) }, () => null)
    const [row] = await db.query<{ 'QUERY PLAN': string }>({ text, values }, { timeoutMs })
    const [{ Plan: plan }] = JSON.parse(row!['QUERY PLAN']) as [{ Plan: unknown }]
    return { plan, planned: slowest.text }
  } catch {
    // The structure is another one by now.
    return undefined
  }
}

/** How many values a statement takes: they are asked for, and not looked at. */
function parameters(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/\$(\d+)/g), ([, number]) => Number(number)))
}
