import type { Database, Queryable, Tx } from '../db.ts'
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
  const origin = await originName(session)
  if (origin === undefined) return undefined
  // Only one session at a time may write under an origin.
  await session.query(sql`select pg_advisory_lock(hashtextextended(${origin}, 0))`)
  await ensureOrigin(session, origin)
  if (!(await hasPlace(session, origin))) return undefined
  return {
    begin: async tx => void (await tx.query(sql`select pg_replication_origin_session_setup(${origin})`)),
    end: async tx => void (await tx.query(sql`select pg_replication_origin_session_reset()`)),
  }
}

/** Hides what a session writes now and then. */
export interface PassingHiding extends Hiding {
  /** Gives the mark back, of which a server has few, unless somebody else is using it. */
  forget(): Promise<void>
}

/**
 * The same for a session that writes again and again, a little each time, and keeps nobody else from it between: where
 * another session is hiding something just now, or the server has no mark left, a transaction is not hidden. Whoever
 * writes must close the session when a transaction fails.
 */
export async function hideNowAndThen(session: Database): Promise<PassingHiding> {
  const origin = await originName(session)
  let isHiding = false
  /** The server has a place for the mark: it keeps that once it was used. */
  let isKnown = false
  const lock = sql`pg_try_advisory_xact_lock(hashtextextended(${origin ?? ''}, 0)) as mine`
  return {
    async begin(tx) {
      isHiding = false
      if (origin === undefined) return
      const [row] = await tx.query<{ mine: boolean }>(sql`select ${lock}`)
      if (!row!.mine) return
      if (isKnown) {
        await ensureOrigin(tx, origin)
        await tx.query(sql`select pg_replication_origin_session_setup(${origin})`)
        isHiding = true
        return
      }
      await tx.script('savepoint hiding')
      try {
        await ensureOrigin(tx, origin)
        await tx.query(sql`select pg_replication_origin_session_setup(${origin})`)
        isHiding = isKnown = true
      } catch (error) {
        if ((error as { code?: string }).code !== '53400') throw error
        await tx.script('rollback to savepoint hiding')
      }
    },
    async end(tx) {
      if (isHiding) await tx.query(sql`select pg_replication_origin_session_reset()`)
    },
    async forget() {
      if (origin === undefined) return
      await session.transaction(async tx => {
        const [row] = await tx.query<{ mine: boolean }>(sql`select ${lock}`)
        if (row!.mine)
          await tx.query(
            sql`select pg_replication_origin_drop(roname) from pg_replication_origin where roname = ${origin}`,
          )
      })
    },
  }
}

/** Name of this database's mark; undefined where there can be none. */
async function originName(session: Database): Promise<string | undefined> {
  // Before version 16 a reader cannot leave them out.
  if (session.version < 16) return undefined
  const [row] = await session.query<{ origin: string; may: boolean }>(sql`
    select ${originPrefix} || oid as origin,
      has_function_privilege('pg_replication_origin_create(text)', 'execute')
      and has_function_privilege('pg_replication_origin_session_setup(text)', 'execute')
      and has_function_privilege('pg_replication_origin_session_reset()', 'execute') as may
    from pg_database where datname = current_database()`)
  return row!.may ? row!.origin : undefined
}

/** Whether the server, which has few for all its databases, has a place for the mark. It keeps that once it was used. */
async function hasPlace(session: Database, origin: string): Promise<boolean> {
  try {
    await session.query(sql`select pg_replication_origin_session_setup(${origin})`)
    await session.query(sql`select pg_replication_origin_session_reset()`)
    return true
  } catch (error) {
    if ((error as { code?: string }).code !== '53400') throw error
    return false
  }
}

/** Makes the mark, for whoever holds its lock. */
async function ensureOrigin(session: Queryable, origin: string): Promise<void> {
  await session.query(sql`
    select pg_replication_origin_create(${origin})
    where not exists (select from pg_replication_origin where roname = ${origin})`)
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
