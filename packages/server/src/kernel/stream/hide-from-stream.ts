import type { Database, Tx } from '../db.ts'
import { sql } from '../sql.ts'

/** Names of our replication origins; the rest of the name is the database's oid. */
const originPrefix = 'cloudbox_copies_'

/** What a transaction writes between the two is not read by the change stream. */
export interface Hiding {
  begin(tx: Tx): Promise<void>
  end(tx: Tx): Promise<void>
}

/**
 * Prepares a session to write rows nobody has to hear of: they carry the mark of another server's changes (a replication
 * origin), which Postgres leaves out before it gathers what a commit has changed. Waits while another session does so.
 * Undefined where that is not possible: then such rows are read, and told as one bulk change of each table.
 *
 * @param session a database of one connection, which is closed afterwards
 * @see https://www.postgresql.org/docs/current/replication-origins.html
 */
export async function hideFromStream(session: Database): Promise<Hiding | undefined> {
  // Before version 16 a reader cannot leave them out.
  if (session.version < 16) return undefined
  const [row] = await session.query<{ origin: string; may: boolean }>(sql`
    select ${originPrefix} || oid as origin,
      has_function_privilege('pg_replication_origin_create(text)', 'execute')
      and has_function_privilege('pg_replication_origin_session_setup(text)', 'execute')
      and has_function_privilege('pg_replication_origin_session_reset()', 'execute') as may
    from pg_database where datname = current_database()`)
  if (!row!.may) return undefined
  const { origin } = row!
  // Only one session at a time may write under an origin.
  await session.query(sql`select pg_advisory_lock(hashtextextended(${origin}, 0))`)
  await session.query(sql`
    select pg_replication_origin_create(${origin})
    where not exists (select from pg_replication_origin where roname = ${origin})`)
  return {
    begin: async tx => void (await tx.query(sql`select pg_replication_origin_session_setup(${origin})`)),
    end: async tx => void (await tx.query(sql`select pg_replication_origin_session_reset()`)),
  }
}

/**
 * Whether a reader may leave out all that carries an origin: only ours does. Where this server takes over changes of
 * another one (a subscription), those carry one too, and are to be heard.
 */
export async function mayLeaveOut(db: Database): Promise<boolean> {
  if (db.version < 16) return false
  const foreign = await db.query(
    sql`select from pg_replication_origin where not starts_with(roname, ${originPrefix})`,
  )
  return foreign.length === 0
}
