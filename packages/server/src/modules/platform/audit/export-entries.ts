import type { Database } from '../../../kernel/db.ts'
import type { KeptEntry } from './entry.ts'
import { readEntries, type AuditFilter } from './read-entries.ts'
import { showEntry } from './show-entry.ts'

const pieceSize = 500

const columns = [
  'number',
  'at',
  'actorKind',
  'actorId',
  'actorName',
  'action',
  'place',
  'subject',
  'before',
  'after',
  'requestId',
  'ip',
] as const satisfies readonly (keyof KeptEntry)[]

/** All entries that fit, the newest first, a piece at a time. */
export async function* exportEntries(
  db: Database,
  organisationId: string,
  filter: AuditFilter,
  format: 'json' | 'csv',
): AsyncGenerator<string> {
  if (format === 'csv') yield `${columns.join(',')}\r\n`
  for (let after: number | undefined; ;) {
    const entries = await readEntries(db, organisationId, filter, { limit: pieceSize, after })
    if (entries.length > 0)
      yield entries
        .map(entry => (format === 'csv' ? csvLine(entry) : `${JSON.stringify(showEntry(entry))}\n`))
        .join('')
    if (entries.length < pieceSize) return
    after = entries.at(-1)!.number
  }
}

function csvLine(entry: KeptEntry): string {
  return `${columns.map(column => csvCell(entry[column])).join(',')}\r\n`
}

/** A cell that a spreadsheet would take for a formula is told to be text. */
function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
