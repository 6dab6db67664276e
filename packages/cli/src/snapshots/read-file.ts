import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import type { SnapshotEnd, SnapshotHead, SnapshotRow, SnapshotTable } from '@cloudbox/protocol/snapshot-file'
import { failure } from '../failure.ts'
import { findLine, split } from '../records/split-bytes.ts'

/** What lines of files this reads; the server decides about what they hold. */
const readableFormat = 1

/** What a file tells, line by line. */
export type SnapshotLine =
  { readonly head: SnapshotHead } | { readonly table: SnapshotTable } | { readonly row: SnapshotRow }

/** What is in a file that is whole. */
export interface CheckedFile {
  readonly head: SnapshotHead
  /** Of each table. */
  readonly rows: Readonly<Record<string, number>>
}

/**
 * Reads a file to its end.
 * @throws Failure `cli/not-whole` when it was cut off or edited, is none, or a newer CloudBox wrote it
 */
export async function checkFile(path: string, shown: string): Promise<CheckedFile> {
  let head: SnapshotHead | undefined
  const rows: Record<string, number> = {}
  let table = ''
  for await (const line of readFile(path, shown)) {
    if ('head' in line) head = line.head
    else if ('table' in line) rows[(table = line.table.table)] = 0
    else rows[table]!++
  }
  return { head: head!, rows }
}

/** The lines of a file, in little memory. The last one that it yields proves nothing yet: the file must be read to its end. */
export async function* readFile(path: string, shown: string): AsyncGenerator<SnapshotLine> {
  const hash = createHash('sha256')
  const counts: Record<string, number> = {}
  let table: string | undefined
  let end: SnapshotEnd['end'] | undefined
  let isFirst = true
  for await (const text of lines(path, shown)) {
    if (end !== undefined) throw edited(shown)
    const value = parse(text, shown)
    if (isFirst) {
      isFirst = false
      yield { head: headOf(value, shown) }
    } else if (Array.isArray(value)) {
      if (table === undefined) throw edited(shown)
      counts[table]!++
      yield { row: value as SnapshotRow }
    } else if ('table' in value) {
      const found = value as SnapshotTable
      table = found.table
      if (table in counts || !Array.isArray(found.columns)) throw edited(shown)
      counts[table] = 0
      yield { table: found }
    } else if ('end' in value) {
      end = (value as SnapshotEnd).end
      continue
    } else throw edited(shown)
    hash.update(`${text}\n`)
  }
  if (isFirst) throw none(shown)
  if (end === undefined) throw cut(shown)
  const names = new Set([...Object.keys(counts), ...Object.keys(end.rows ?? {})])
  const isRight = [...names].every(name => counts[name] === end.rows[name])
  if (!isRight || end.sha256 !== hash.digest('hex')) throw edited(shown)
}

async function* lines(path: string, shown: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const unpacked = createGunzip()
  let failed: NodeJS.ErrnoException | undefined
  file.on('error', error => unpacked.destroy((failed = error)))
  try {
    for await (const { text } of split(file.pipe(unpacked), findLine, { offset: 0, line: 1 })) yield text
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (failed?.code === 'ENOENT')
      throw failure('usage', `There is no file ${shown}.`, 'Name it with --from FILE.')
    if (code === 'Z_BUF_ERROR') throw cut(shown)
    if (code === 'Z_DATA_ERROR') throw edited(shown)
    throw error
  } finally {
    file.destroy()
  }
}

function parse(text: string, shown: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Said below.
  }
  throw edited(shown)
}

function headOf(value: object, shown: string): SnapshotHead {
  const head = value as Partial<SnapshotHead>
  if (!Number.isInteger(head.cloudboxSnapshot)) throw none(shown)
  if (head.cloudboxSnapshot! > readableFormat)
    throw failure(
      'not-whole',
      `${shown} was written by CloudBox ${head.cloudbox ?? 'of a later time'}, which this one cannot read.`,
      'Update the command line: npm install -g cloudbox-cli@latest',
    )
  return head as SnapshotHead
}

const again = 'Nothing was changed. Get it again: cloudbox snapshot share NAME'

function cut(shown: string) {
  return failure('not-whole', `${shown} ends in the middle: it was cut off.`, again)
}

function edited(shown: string) {
  return failure('not-whole', `${shown} is not as it was written: it was edited or damaged.`, again)
}

function none(shown: string) {
  return failure('not-whole', `${shown} is no snapshot.`, again)
}
