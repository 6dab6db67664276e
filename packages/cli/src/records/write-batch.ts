import { createHash } from 'node:crypto'
import { at } from '../api.ts'
import { Failure } from '../failure.ts'
import { send } from '../http.ts'
import type { Target } from '../project/target.ts'

/** A document with where it came from. */
export interface Placed {
  readonly line: number
  readonly document: Readonly<Record<string, unknown>>
}

/** A row the server did not take. */
export interface Refused {
  readonly line: number
  /** JSON pointer into the document. */
  readonly field?: string
  readonly message: string
}

export interface WriteOptions {
  readonly collection: string
  /** Documents that are there are met by this field and changed. */
  readonly upsert: string | undefined
  /** Makes the same request of the same import one that is carried out once. */
  readonly session: string
}

/** Codes of problems that are about one document and not about the request. */
const aboutDocuments = new Set([
  'data/invalid-document',
  'data/conflict',
  'data/broken-relation',
  'data/invalid-query',
  'data/exists-already',
])

/**
 * Writes documents and answers those that could not be written. What the server names is left out and the others are sent
 * again; where it cannot say which one it was, halves are tried.
 */
export async function writeBatch(
  target: Target,
  rows: readonly Placed[],
  options: WriteOptions,
): Promise<Refused[]> {
  if (rows.length === 0) return []
  try {
    await sendRows(target, rows, options)
    return []
  } catch (error) {
    if (!(error instanceof Failure) || !aboutDocuments.has(error.body.code)) throw error
    const named = namedRows(error, rows)
    if (named.length > 0) {
      const lines = new Set(named.map(({ line }) => line))
      const others = rows.filter(({ line }) => !lines.has(line))
      return [...named, ...(await writeBatch(target, others, options))]
    }
    if (rows.length === 1) return [{ line: rows[0]!.line, message: error.body.detail }]
    const half = Math.ceil(rows.length / 2)
    const first = await writeBatch(target, rows.slice(0, half), options)
    return [...first, ...(await writeBatch(target, rows.slice(half), options))]
  }
}

async function sendRows(
  { environmentUrl, api }: Target,
  rows: readonly Placed[],
  { collection, upsert, session }: WriteOptions,
): Promise<void> {
  const body = rows.map(({ document }) => document)
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32)
  const query = upsert === undefined ? '' : `?onConflict=${encodeURIComponent(upsert)}`
  await send({
    method: upsert === undefined ? 'POST' : 'PUT',
    url: `${environmentUrl}/v1${at`/data/${collection}`}${query}`,
    headers: {
      ...(await api.headers()),
      prefer: 'return=minimal',
      'idempotency-key': `${session}-${rows[0]!.line}-${digest}`,
    },
    body,
  })
}

/** `/12/title: is required` is about the thirteenth row. */
function namedRows({ body }: Failure, rows: readonly Placed[]): Refused[] {
  return (body.errors ?? []).flatMap(({ at: place, message }) => {
    const [, index, field] = /^\/(\d+)(?:\/(.*))?$/.exec(place) ?? []
    const row = index === undefined ? undefined : rows[Number(index)]
    return row === undefined ? [] : [{ line: row.line, ...(field ? { field } : {}), message }]
  })
}
