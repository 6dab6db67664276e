import { platformProblems } from '@cloudbox/protocol/platform'
import {
  snapshotFormat,
  type SnapshotHead,
  type SnapshotRow,
  type SnapshotTable,
} from '@cloudbox/protocol/snapshot-file'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { invalidSnapshot, loadRows, refusingMisfits, tablesOf } from '../../../kernel/environment-file.ts'
import { levelsOf } from '../../../kernel/migrate.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { By } from '../audit/entry.ts'
import { makeChange } from '../change.ts'
import { ownerOf, type PlatformDeps } from '../deps.ts'
import { placeName } from '../directory/directory.ts'
import {
  asEnvironment,
  beginSnapshot,
  checkSnapshotName,
  dropStoredSnapshots,
  finishSnapshot,
  type StoredSnapshot,
} from './stored.ts'

/** Nobody waits that long between two pieces: the upload was given up. */
const abandoned = sql`upload is not null and state = 'making' and made_at < now() - interval '15 minutes'`

/**
 * Begins to bring a file in as a snapshot. It is none until {@link endUpload}; whatever fails in between leaves nothing.
 * @throws Problem `platform/invalid-snapshot`, `platform/snapshot-too-new`, `platform/name-taken`, `platform/invalid-name`
 */
export async function beginUpload(
  deps: PlatformDeps,
  environment: Environment,
  { name, head }: { readonly name: string; readonly head: SnapshotHead },
): Promise<string> {
  checkSnapshotName(name)
  await refuseNewer(deps, environment, head)
  await removeAbandonedUploads(deps)
  const begun = await beginSnapshot(deps.db, environment, name)
  try {
    await deps.db.query(
      sql`update cloudbox.platform_snapshots set upload = ${JSON.stringify(head)}::json where id = ${begun.id}`,
    )
    await deps.migrateEnvironment(begun, head.levels)
    await deps.db.transaction(async tx => {
      for (const [module, part] of deps.fileParts())
        if (module in head.parts)
          await refusingMisfits(module, async () => part.begin?.(tx, begun, head.parts[module]))
    })
    return begun.id
  } catch (error) {
    await dropUpload(deps, environment, begun.id)
    throw error
  }
}

/** @throws Problem `platform/invalid-snapshot`, `platform/not-found` */
export async function uploadRows(
  deps: PlatformDeps,
  environment: Environment,
  uploadId: string,
  { table, columns, rows }: SnapshotTable & { readonly rows: readonly SnapshotRow[] },
): Promise<void> {
  await deps.db.transaction(async tx => {
    const { stored, head } = await findUpload(tx, environment, uploadId)
    if (!tablesOf(partsIn(deps, head), head.parts).includes(table))
      throw invalidSnapshot(`Its head tells of no ${table}.`)
    await tx.query(sql`update cloudbox.platform_snapshots set made_at = now() where id = ${uploadId}`)
    await loadRows(tx, stored, { name: table, columns }, rows)
  })
}

/**
 * Makes a snapshot of what was brought in, when all of it is there.
 * @throws Problem `platform/invalid-snapshot`, `platform/not-found`; the upload is gone then
 */
export async function endUpload(
  deps: PlatformDeps,
  environment: Environment,
  {
    uploadId,
    rows,
    by,
  }: { readonly uploadId: string; readonly rows: Readonly<Record<string, number>>; readonly by: By },
): Promise<StoredSnapshot> {
  const { head, stored, name } = await findUpload(deps.db, environment, uploadId)
  const parts = partsIn(deps, head)
  try {
    await deps.db.transaction(async tx => {
      for (const table of tablesOf(parts, head.parts)) {
        const [counted] = await tx.query<{ rows: string }>(
          sql`select count(*) as rows from ${id(stored.schema, table)}`,
        )
        if (Number(counted!.rows) !== rows[table])
          throw invalidSnapshot(
            `Of ${table} ${counted!.rows} rows have come, ${rows[table] ?? 'none'} are told.`,
          )
      }
      for (const [module, part] of parts)
        await refusingMisfits(module, async () => part.finish?.(tx, stored, head.parts[module]))
    })
    // It may be older than this server.
    await deps.migrateEnvironment(stored)
    const owner = ownerOf(deps, deps.directory().placedById(environment.id)!)
    return await makeChange(deps, owner, by, async tx => {
      const answer = await finishSnapshot(tx, uploadId, [])
      await tx.query(sql`update cloudbox.platform_snapshots set upload = null where id = ${uploadId}`)
      const place = placeName(environment.project, environment.name)
      const after = { from: head.from, madeAt: head.madeAt }
      return { answer, entries: [{ action: 'snapshot.loaded', place, subject: name, after }] }
    })
  } catch (error) {
    await dropUpload(deps, environment, uploadId)
    throw error
  }
}

/** Gives an upload up. Doing so again changes nothing. */
export async function dropUpload(
  { db }: Pick<PlatformDeps, 'db'>,
  environment: Environment,
  uploadId: string,
): Promise<void> {
  await db.transaction(tx =>
    dropStoredSnapshots(
      tx,
      sql`id::text = ${uploadId} and environment_id = ${environment.id} and state = 'making'`,
    ),
  )
}

/** Removes what clients have left half brought in. */
export function removeAbandonedUploads({ db }: Pick<PlatformDeps, 'db'>): Promise<void> {
  return db.transaction(tx => dropStoredSnapshots(tx, abandoned))
}

/** Only what this server knows how to read: part of a snapshot would be none. */
async function refuseNewer(deps: PlatformDeps, environment: Environment, head: SnapshotHead): Promise<void> {
  const known = await levelsOf(deps.db, environment.schema)
  const newer = Object.keys(head.levels).find(word => head.levels[word]! > (known[word] ?? 0))
  const parts = new Set(deps.fileParts().map(([module]) => module))
  const unknown = Object.keys(head.parts).find(module => !parts.has(module))
  if (head.cloudboxSnapshot <= snapshotFormat && newer === undefined && unknown === undefined) return
  const why = unknown ?? newer
  throw new Problem(
    platformProblems['snapshot-too-new'],
    `CloudBox ${head.cloudbox} made it; this one does not know ${why === undefined ? 'its format' : `what is new in ${why}`}.`,
  )
}

function partsIn(deps: PlatformDeps, head: SnapshotHead) {
  return deps.fileParts().filter(([module]) => module in head.parts)
}

async function findUpload(
  db: Queryable,
  environment: Environment,
  uploadId: string,
): Promise<{ readonly head: SnapshotHead; readonly stored: Environment; readonly name: string }> {
  const [row] = await db.query<{ id: string; schema: string; name: string; upload: string }>(sql`
    select id, schema_name as schema, name, upload::text as upload from cloudbox.platform_snapshots
    where id::text = ${uploadId} and environment_id = ${environment.id} and state = 'making' and upload is not null`)
  if (row === undefined)
    throw new Problem(platformProblems['not-found'], 'There is no such upload (any more).', {
      hint: 'Begin it again.',
    })
  return {
    head: JSON.parse(row.upload) as SnapshotHead,
    stored: asEnvironment(environment, row),
    name: row.name,
  }
}
