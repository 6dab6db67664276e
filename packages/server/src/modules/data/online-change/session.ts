import { openDatabase, type Database, type Queryable, type Tx } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import { sql } from '../../../kernel/sql.ts'
import { hideNowAndThen } from '../../../kernel/stream/hide-from-stream.ts'

/** Somebody has paused, cancelled or ended a change: whoever runs it lets go. */
export class ChangeStopped extends Error {}

/** The connection of whoever runs a change. */
export interface ChangeSession {
  /** Runs statements outside of transactions, for as long as they take. */
  readonly db: Database
  /** A transaction whose rows the change stream does not tell: no document means anything else afterwards. */
  hidden<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Whoever uses it is to come to an end. */
  isStopping: boolean
  /** Ends what is under way, whatever it is. */
  interrupt(): Promise<void>
  close(): Promise<void>
}

/** Opens a session for one change; undefined while another one has it. Its end, however it comes, sets the change free. */
export async function openSession(
  connection: Database,
  log: Log,
  { schema, change }: { readonly schema: string; readonly change: string },
): Promise<ChangeSession | undefined> {
  const db = await openDatabase(connection.connection, {
    log,
    poolSize: 1,
    // An index takes as long as it takes.
    statementTimeoutMs: 0,
    applicationName: 'cloudbox online change',
  })
  try {
    const [row] = await db.query<{ mine: boolean; pid: number }>(sql`
      select pg_try_advisory_lock(hashtextextended(${lockName(schema, change)}, 0)) as mine, pg_backend_pid() as pid`)
    if (!row!.mine) {
      await db.close()
      return undefined
    }
    const hiding = await hideNowAndThen(db)
    const session: ChangeSession = {
      db,
      isStopping: false,
      interrupt: async () =>
        void (await connection.query(sql`select pg_terminate_backend(${row!.pid}::int)`)),
      hidden: work =>
        db.transaction(async tx => {
          if (session.isStopping) throw new ChangeStopped()
          await hiding.begin(tx)
          const done = await work(tx)
          await hiding.end(tx)
          return done
        }),
      close: async () => {
        // Not there after a transaction that failed while it was hidden: then the mark is still in use.
        await hiding.forget().catch(() => {})
        await db.close()
      },
    }
    return session
  } catch (error) {
    await db.close()
    throw error
  }
}

/** Under this name a session holds a change. */
function lockName(schema: string, change: string): string {
  return `cloudbox change ${schema} ${change}`
}

/** Cancels the statement of whoever runs a change: an index that is being made would keep its table for long. */
export async function interruptRunner(db: Queryable, schema: string, change: string): Promise<void> {
  await db.query(sql`
    select pg_cancel_backend(pid) from pg_locks
    where locktype = 'advisory' and objsubid = 1 and granted
      and database = (select oid from pg_database where datname = current_database())
      and (classid::bigint << 32) | objid::bigint = hashtextextended(${lockName(schema, change)}, 0)`)
}
