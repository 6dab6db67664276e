import type { Snapshot } from '@cloudbox/protocol/platform-replies'
import type { SnapshotRow, SnapshotTable, UploadReply } from '@cloudbox/protocol/snapshot-file'
import { at } from '../api.ts'
import type { EnvironmentApi } from '../project/environment-api.ts'
import { readFile, type CheckedFile } from './read-file.ts'

/** About as much goes with one request; a row is never cut. */
const batchCharacters = 500_000
const batchRows = 5000

/** Brings a file that was checked into an environment, as a snapshot of it; or nothing of it. */
export async function loadSnapshot(
  api: EnvironmentApi,
  {
    path,
    shown,
    checked,
    name,
  }: { path: string; shown: string; checked: CheckedFile; name: string | undefined },
): Promise<Snapshot> {
  const { upload } = await api.post<UploadReply>('/platform/snapshots/uploads', {
    head: checked.head,
    ...(name === undefined ? {} : { name }),
  })
  try {
    for await (const batch of batches(path, shown))
      await api.post(at`/platform/snapshots/uploads/${upload}/rows`, batch)
    return await api.post<Snapshot>(at`/platform/snapshots/uploads/${upload}/end`, { rows: checked.rows })
  } catch (error) {
    await api.delete(at`/platform/snapshots/uploads/${upload}`).catch(() => {})
    throw error
  }
}

async function* batches(
  path: string,
  shown: string,
): AsyncGenerator<SnapshotTable & { readonly rows: readonly SnapshotRow[] }> {
  let table: SnapshotTable | undefined
  let rows: SnapshotRow[] = []
  let characters = 0
  const take = () => {
    const taken = { ...table!, rows }
    rows = []
    characters = 0
    return taken
  }
  for await (const line of readFile(path, shown)) {
    if ('row' in line) {
      rows.push(line.row)
      characters += line.row.reduce((sum, text) => sum + (text?.length ?? 0), 0)
      if (characters > batchCharacters || rows.length === batchRows) yield take()
    } else if ('table' in line) {
      if (rows.length > 0) yield take()
      table = line.table
    }
  }
  if (rows.length > 0) yield take()
}
