import type { AnyRow } from '@cloudbox/client'

/** As whom a collection is watched. */
export type Watcher = 'visitor' | 'user' | 'operator'

/** What is said about rows that come and go: `+ Amsterdam`. */
export interface Told {
  readonly id: number
  readonly atMs: number
  readonly type: 'added' | 'modified' | 'removed'
  readonly key: string
}

/** Columns to show of rows: the first few that say something. */
export function columnsOf(rows: readonly AnyRow[], most = 5): string[] {
  const names = new Set(rows.slice(0, 20).flatMap(row => Object.keys(row)))
  const dull = new Set(['createdAt', 'updatedAt'])
  const telling = [...names].filter(name => !dull.has(name))
  return [...telling, ...[...names].filter(name => dull.has(name))].slice(0, most)
}

export function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
