import type { Database } from './db.ts'
import { StartProblem } from './postgres/start-problem.ts'
import { sql } from './sql.ts'
import type { Vault } from './vault.ts'

/**
 * Makes sure that the secrets of this database open with this master key, which the first server to use it has told apart
 * by its fingerprint.
 * @throws StartProblem `server/master-key`
 */
export async function checkMasterKey(db: Database, vault: Vault): Promise<void> {
  const own = vault.fingerprint()
  const [row] = await db.query<{ fingerprint: string }>(sql`
    insert into cloudbox.master_key (fingerprint) values (${own})
    on conflict (one) do update set fingerprint = master_key.fingerprint returning fingerprint`)
  if (row!.fingerprint === own) return
  throw new StartProblem(
    'server/master-key',
    'The master key is not the one that sealed the secrets of this database.',
    'Give the one of its first server: CLOUDBOX_MASTER_KEY, or the file master.key of its data folder.',
  )
}
