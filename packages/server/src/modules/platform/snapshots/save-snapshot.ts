import type { Environment } from '../../../kernel/caller.ts'
import { sql } from '../../../kernel/sql.ts'
import type { By } from '../audit/entry.ts'
import { makeChange } from '../change.ts'
import { ownerOf, type PlatformDeps } from '../deps.ts'
import { placeName } from '../directory/directory.ts'
import { madeWithSql } from './made-with-sql.ts'
import {
  beginSnapshot,
  checkSnapshotName,
  dropStoredSnapshots,
  finishSnapshot,
  wholePlan,
  type StoredSnapshot,
} from './stored.ts'

/**
 * Keeps what is in an environment, as of one moment; or nothing of it.
 * @throws Problem `platform/invalid-name`, `platform/name-taken`
 */
export async function saveSnapshot(
  deps: PlatformDeps,
  environment: Environment,
  name: string,
  by: By,
): Promise<StoredSnapshot> {
  checkSnapshotName(name)
  const begun = await beginSnapshot(deps.db, environment, name)
  try {
    await deps.migrateEnvironment(begun)
    await deps.copyEnvironment(environment, begun, wholePlan)
    const leftOut = await madeWithSql(deps.db, environment)
    const owner = ownerOf(deps, deps.directory().placedById(environment.id)!)
    return await makeChange(deps, owner, by, async tx => {
      const answer = await finishSnapshot(tx, begun.id, leftOut)
      const place = placeName(environment.project, environment.name)
      return { answer, entries: [{ action: 'snapshot.saved', place, subject: name }] }
    })
  } catch (error) {
    await deps.db.transaction(tx => dropStoredSnapshots(tx, sql`id = ${begun.id} and state = 'making'`))
    throw error
  }
}
