import type { Column } from './columns.ts'
import type { Row } from './rows.svelte.ts'

/** A removed document as it can be written again: under its id, without what the server makes. */
export function restorable(row: Row, columns: readonly Column[]): Readonly<Record<string, unknown>> {
  const made = new Set(columns.filter(({ isWritable }) => !isWritable).map(({ name }) => name))
  made.delete('id')
  return Object.fromEntries(Object.entries(row).filter(([name, value]) => !made.has(name) && value !== null))
}
