import { createHash } from 'node:crypto'
import { snapshotFormat, type SnapshotHead, type SnapshotValues } from '@cloudbox/protocol/snapshot-file'
import type { Environment } from '../../../kernel/caller.ts'
import { headsOf, readTable, tablesOf } from '../../../kernel/environment-file.ts'
import { levelsOf } from '../../../kernel/migrate.ts'
import { sql } from '../../../kernel/sql.ts'
import { version } from '../../../kernel/version.ts'
import type { PlatformDeps } from '../deps.ts'
import { asEnvironment, beginSnapshot, dropStoredSnapshots, type StoredSnapshot } from './stored.ts'

/** Longest time the rows of one table may take, however slowly they are read. */
const tableTimeoutMs = 3_600_000

export interface WantedFile {
  readonly values: SnapshotValues
  readonly passwords: boolean
}

/**
 * The lines of a file that holds a snapshot, see `protocol/snapshot-file`. They come from a copy without secrets, which is
 * made before this resolves and gone when the last line was read or nobody reads any more.
 */
export async function shareSnapshot(
  deps: PlatformDeps,
  environment: Environment,
  snapshot: StoredSnapshot,
  { values, passwords }: WantedFile,
): Promise<AsyncIterable<string>> {
  const stored = asEnvironment(environment, snapshot)
  await deps.migrateEnvironment(stored)
  const copy = await beginSnapshot(deps.db, environment, null)
  const drop = () =>
    deps.db.transaction(tx => dropStoredSnapshots(tx, sql`id = ${copy.id} and state = 'making'`))
  try {
    await deps.migrateEnvironment(copy)
    const forFile = { personal: values === 'as-they-are', passwords }
    await deps.copyEnvironment(stored, copy, { data: 'all', secrets: false, forFile })
    const parts = await headsOf(deps.db, deps.fileParts(), copy)
    const head: SnapshotHead = {
      cloudboxSnapshot: snapshotFormat,
      cloudbox: version,
      name: snapshot.name,
      from: `${environment.project}/${environment.name}`,
      madeAt: snapshot.madeAt,
      values,
      passwords,
      levels: await levelsOf(deps.db, copy.schema),
      parts,
    }
    return endingWith(linesOf(deps, copy, head), drop)
  } catch (error) {
    await drop()
    throw error
  }
}

async function* linesOf(
  { db, fileParts }: PlatformDeps,
  copy: Environment,
  head: SnapshotHead,
): AsyncGenerator<string> {
  const hash = createHash('sha256')
  const line = (value: unknown) => {
    const text = `${JSON.stringify(value)}\n`
    hash.update(text)
    return text
  }
  yield line(head)
  const counts: Record<string, number> = {}
  for (const name of tablesOf(fileParts(), head.parts)) {
    const { table, rows } = await readTable(db, copy, name, tableTimeoutMs)
    yield line({ table: name, columns: table.columns })
    counts[name] = 0
    for await (const batch of rows) {
      const text = batch.map(row => `${row}\n`).join('')
      hash.update(text)
      counts[name] += batch.length
      yield text
    }
  }
  yield `${JSON.stringify({ end: { rows: counts, sha256: hash.digest('hex') } })}\n`
}

/** Does something when the last was read, when reading failed, or when nobody reads any more, even if nobody ever began. */
function endingWith<T>(lines: AsyncGenerator<T>, end: () => Promise<unknown>): AsyncIterableIterator<T> {
  let ending: Promise<unknown> | undefined
  const over = () => (ending ??= end())
  return {
    async next() {
      try {
        const next = await lines.next()
        if (next.done === true) await over()
        return next
      } catch (error) {
        await over()
        throw error
      }
    },
    async return() {
      await lines.return(undefined)
      await over()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
