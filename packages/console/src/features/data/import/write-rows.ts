import { CloudBoxError } from '@cloudbox/client'
import type { RefusedRow } from './read-file.ts'

export interface PlacedDocument {
  readonly line: number
  readonly document: Readonly<Record<string, unknown>>
}

/** Codes of problems that are about one document and not about the request. */
const aboutDocuments = new Set([
  'data/invalid-document',
  'data/conflict',
  'data/broken-relation',
  'data/exists-already',
])

/**
 * Writes documents and answers those that could not be written: what the server names is left out and the others are sent
 * again; where it cannot say which one it was, halves are tried.
 *
 * @param send all or none
 * @throws CloudBoxError about the request
 */
export async function writeRows(
  rows: readonly PlacedDocument[],
  send: (documents: readonly PlacedDocument['document'][]) => Promise<unknown>,
): Promise<readonly RefusedRow[]> {
  if (rows.length === 0) return []
  try {
    await send(rows.map(({ document }) => document))
    return []
  } catch (error) {
    if (!(error instanceof CloudBoxError) || !aboutDocuments.has(error.code)) throw error
    const named = namedRows(error, rows)
    if (named.length > 0) {
      const lines = new Set(named.map(({ line }) => line))
      return [
        ...named,
        ...(await writeRows(
          rows.filter(({ line }) => !lines.has(line)),
          send,
        )),
      ]
    }
    if (rows.length === 1) return [{ line: rows[0]!.line, message: error.message }]
    const half = Math.ceil(rows.length / 2)
    const first = await writeRows(rows.slice(0, half), send)
    return [...first, ...(await writeRows(rows.slice(half), send))]
  }
}

/** `/12/title: is required` is about the thirteenth row. */
function namedRows({ details }: CloudBoxError, rows: readonly PlacedDocument[]): RefusedRow[] {
  return details.flatMap(({ at, message }) => {
    const [, index, field] = /^\/(\d+)(?:\/(.*))?$/.exec(at) ?? []
    const row = index === undefined ? undefined : rows[Number(index)]
    return row === undefined ? [] : [{ line: row.line, field, message }]
  })
}
