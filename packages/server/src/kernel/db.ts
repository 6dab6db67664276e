import pg from 'pg'
import { requestCancel, type CancelKey } from './db/cancel-request.ts'
import { Deadlines } from './db/deadlines.ts'
import type { EventKind } from './events.ts'
import type { Log } from './log.ts'
import { sql, toStatement, type Sql, type Statement } from './sql.ts'

/** How to reach a Postgres; `host` may be the folder of a unix socket. */
export interface Connection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password?: string | undefined
  readonly database: string
  readonly ssl?: boolean | object | undefined
}

/** Rows as the driver gives them: int8 as text, timestamps as text, json as text, so that nothing is lost. */
export type Row = Record<string, unknown>

export interface QueryOptions {
  /** The server is asked to cancel a statement that takes longer: it then fails with SQLSTATE 57014. */
  readonly timeoutMs?: number
}

/** What can run a statement: the pool, or one transaction. */
export interface Queryable {
  /** Runs one statement, prepared under a name when it comes often. Throws the driver's error. */
  query<R extends Row = Row>(question: Sql | Statement, options?: QueryOptions): Promise<R[]>
}

/** An open transaction. */
export interface Tx extends Queryable {
  /** Writes an event into the log with this transaction: heard after the commit, in order, or never. */
  emit<T>(kind: EventKind<T>, payload: T): Promise<void>
  /** Runs several statements of trusted text at once (migrations, DDL). */
  script(text: string): Promise<void>
}

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
  /** Postgres cancels a statement that takes longer. */
  readonly statementTimeoutMs?: number
}

/** The platform's own connections: not bound by row security. */
export interface Database extends Queryable {
  readonly connection: Connection
  /** Major version of the server. */
  readonly version: number
  /** Runs work in a transaction: committed when it resolves, rolled back when it throws. */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly log: Log
  readonly poolSize: number
  /** Postgres cancels a statement that takes longer. */
  readonly statementTimeoutMs: number
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string
}

/** How many statement texts one connection keeps prepared; rarer ones are sent unnamed. */
const preparedLimit = 500

/** Opens the pool and makes sure the server answers. */
export async function openDatabase(connection: Connection, options: DatabaseOptions): Promise<Database> {
  const pool = new pg.Pool({
    ...toDriverConfig(connection),
    max: options.poolSize,
    // A connection keeps memory for every statement it has prepared; a fresh one now and then bounds that.
    maxLifetimeSeconds: 1800,
    idleTimeoutMillis: 60_000,
    application_name: options.applicationName ?? 'cloudbox',
    options: `-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1 -c bytea_output=hex -c statement_timeout=${options.statementTimeoutMs} -c idle_in_transaction_session_timeout=60000`,
  })
  let isClosing = false
  pool.on('error', error => {
    // What Postgres says to connections that are on their way out is no news.
    if (!isClosing) options.log.warn('db.connection-lost', { message: error.message })
  })
  const nameOf = statementNames(preparedLimit)

  const run = async <R extends Row>(
    client: pg.Pool | pg.PoolClient,
    question: Sql | Statement,
  ): Promise<R[]> => {
    const { text, values } = 'text' in question ? question : toStatement(question)
    const name = nameOf(text)
    const result = await client.query<R>(name === undefined ? { text, values } : { name, text, values })
    return result.rows
  }

  const deadlines = new Deadlines()
  /** The connection stays ours until a cancel request that is under way has arrived: it must hit nothing else. */
  const runInTime = async <R extends Row>(
    client: pg.PoolClient,
    question: Sql | Statement,
    timeoutMs: number,
  ): Promise<R[]> => {
    let cancelling: Promise<void> | undefined
    const deadline = deadlines.watch(timeoutMs, () => {
      cancelling = requestCancel(connection, cancelKeyOf(client))
    })
    try {
      return await run<R>(client, question)
    } finally {
      deadline.end()
      await cancelling
    }
  }

  const query: Queryable['query'] = async (question, { timeoutMs } = {}) => {
    if (timeoutMs === undefined) return run(pool, question)
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      return await runInTime(client, question, timeoutMs)
    } catch (error) {
      // What Postgres answers leaves the connection whole.
      if (!(error instanceof pg.DatabaseError)) broken = error as Error
      throw error
    } finally {
      client.release(broken)
    }
  }

  const transaction = async <T>(
    work: (tx: Tx) => Promise<T>,
    tuning: TransactionOptions = {},
  ): Promise<T> => {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      const isolation = tuning.isolation === undefined ? '' : ` isolation level ${tuning.isolation}`
      const timeout =
        tuning.statementTimeoutMs === undefined
          ? ''
          : `; set local statement_timeout = ${tuning.statementTimeoutMs}`
      await client.query(`begin${isolation}${timeout}`)
      const tx: Tx = {
        query: (question, { timeoutMs } = {}) =>
          timeoutMs === undefined ? run(client, question) : runInTime(client, question, timeoutMs),
        emit: async (kind, payload) => {
          const message = JSON.stringify({ event: kind.name, payload })
          await run(client, sql`select pg_logical_emit_message(true, 'cloudbox', ${message}::text)`)
        },
        script: async text => {
          await client.query(text)
        },
      }
      const result = await work(tx)
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure
      })
      throw error
    } finally {
      client.release(broken)
    }
  }

  const [row] = (
    await pool.query<{ version: string }>(`select current_setting('server_version_num') as version`)
  ).rows
  return {
    connection,
    version: Math.floor(Number(row!.version) / 10_000),
    query,
    transaction,
    close: () => {
      isClosing = true
      return pool.end()
    },
  }
}

/** What the driver has but its types do not tell. */
function cancelKeyOf(client: pg.PoolClient): CancelKey {
  const { processID: processId, secretKey } = client as unknown as { processID: number; secretKey: number }
  return { processId, secretKey }
}

/** The driver's settings for a connection; every value comes back as Postgres wrote it. */
export function toDriverConfig(connection: Connection): pg.ClientConfig {
  return {
    host: connection.host,
    port: connection.port,
    user: connection.user,
    password: connection.password,
    database: connection.database,
    ...(connection.ssl === undefined ? {} : { ssl: connection.ssl }),
    types: { getTypeParser },
  }
}

const parsers: Record<number, (text: string) => unknown> = {
  16: text => text === 't',
  21: Number,
  23: Number,
  26: Number,
  700: Number,
  701: Number,
}

function getTypeParser(oid: number): (text: string) => unknown {
  return parsers[oid] ?? (text => text)
}

/** A statement gets a name the second time it is seen, so that texts that never return leave nothing prepared. */
function statementNames(limit: number): (text: string) => string | undefined {
  const names = new Map<string, string>()
  const seenOnce = new Set<string>()
  let made = 0
  return text => {
    const name = names.get(text)
    if (name !== undefined) return name
    if (!seenOnce.delete(text)) {
      if (seenOnce.size >= limit) seenOnce.clear()
      seenOnce.add(text)
      return undefined
    }
    if (names.size >= limit) return undefined
    const fresh = `s${made++}`
    names.set(text, fresh)
    return fresh
  }
}
