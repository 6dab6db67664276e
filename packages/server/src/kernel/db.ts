import type { EventKind } from './events.ts'
import type { Log } from './log.ts'
import { currentObservation } from './observer.ts'
import { sql, toStatement, type Sql, type Statement } from './sql.ts'
import { Deadlines } from './wire/deadlines.ts'
import { Job } from './wire/job.ts'
import { Lane } from './wire/lane.ts'
import { Pool, runInTime } from './wire/pool.ts'
import { statementNames } from './wire/statement-names.ts'
import type { Login, WireConnection } from './wire/wire-connection.ts'

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
  /**
   * The statement only reads and is quick as a rule: it may share a connection with others, and may be asked once more
   * when one of those turns out slow. Never for what writes, locks or calls a function that does.
   */
  readonly isShared?: boolean
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
  pool(): PoolState
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

/** How the connections are used just now. */
export interface PoolState {
  /** Connections there may be. */
  readonly size: number
  readonly open: number
  readonly busy: number
  /** Statements and transactions that wait for one. */
  readonly waiting: number
}

/** A fresh connection now and then bounds what the old ones keep of prepared statements. */
const lifetimeMs = 1_800_000
const idleMs = 60_000

/** Opens the pool and makes sure the server answers. */
export async function openDatabase(connection: Connection, options: DatabaseOptions): Promise<Database> {
  const login: Login = {
    ...connection,
    parameters: {
      application_name: options.applicationName ?? 'cloudbox',
      options: `-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1 -c bytea_output=hex -c statement_timeout=${options.statementTimeoutMs} -c idle_in_transaction_session_timeout=60000`,
    },
  }
  const deadlines = new Deadlines()
  const laneSize = Math.floor(options.poolSize / 4)
  const pool = new Pool(login, {
    size: options.poolSize - laneSize,
    lifetimeMs,
    idleMs,
    deadlines,
    lost: why => options.log.warn('db.connection-lost', { message: why.message }),
  })
  const lane = new Lane(login, { size: laneSize, lifetimeMs, pool, deadlines })
  const nameOf = statementNames()

  const jobFor = (question: Sql | Statement, timeoutMs: number | undefined): Job => {
    const { text, values } = 'text' in question ? question : toStatement(question)
    const job = watched(new Job(text, values, nameOf(text)))
    job.timeoutMs = timeoutMs
    return job
  }

  const runIn = async <R extends Row>(
    connection: WireConnection,
    question: Sql | Statement,
    timeoutMs?: number,
  ): Promise<R[]> => {
    const job = jobFor(question, timeoutMs)
    const free = new Promise<void>(resolve => runInTime(connection, job, deadlines, resolve))
    try {
      return (await job.answer) as R[]
    } finally {
      if (connection.isOpen) await free
    }
  }
  const script = (connection: WireConnection, text: string) => {
    const job = watched(new Job(text))
    connection.run(job)
    return job.answer
  }

  const transaction = async <T>(
    work: (tx: Tx) => Promise<T>,
    { isolation, statementTimeoutMs }: TransactionOptions = {},
  ): Promise<T> => {
    const askedAtMs = performance.now()
    const lent = await new Promise<WireConnection>((resolve, reject) => pool.lend(resolve, reject))
    currentObservation()?.waited(performance.now() - askedAtMs)
    let isBroken = false
    try {
      const level = isolation === undefined ? '' : ` isolation level ${isolation}`
      const timeout =
        statementTimeoutMs === undefined ? '' : `; set local statement_timeout = ${statementTimeoutMs}`
      await script(lent, `begin${level}${timeout}`)
      const tx: Tx = {
        query: (question, { timeoutMs } = {}) => runIn(lent, question, timeoutMs),
        emit: async (kind, payload) => {
          const message = JSON.stringify({ event: kind.name, payload })
          await runIn(lent, sql`select pg_logical_emit_message(true, 'cloudbox', ${message}::text)`)
        },
        script: async text => {
          await script(lent, text)
        },
      }
      const result = await work(tx)
      await script(lent, 'commit')
      return result
    } catch (error) {
      await script(lent, 'rollback').catch(() => {
        isBroken = true
      })
      throw error
    } finally {
      pool.giveBack(lent, isBroken)
    }
  }

  const query = <R extends Row>(
    question: Sql | Statement,
    { timeoutMs, isShared = false }: QueryOptions = {},
  ): Promise<R[]> => {
    let job: Job
    try {
      job = jobFor(question, timeoutMs)
    } catch (error) {
      return Promise.reject(error as Error)
    }
    if (isShared && laneSize > 0 && job.name !== '') lane.run(job)
    else pool.run(job)
    return job.answer as Promise<R[]>
  }

  const [row] = await query<{ version: string }>(
    sql`select current_setting('server_version_num') as version`,
  ).catch(async (error: unknown) => {
    await pool.close()
    throw error
  })
  return {
    connection,
    version: Math.floor(Number(row!.version) / 10_000),
    query,
    transaction,
    pool: () => {
      const [own, shared] = [pool.state, lane.state]
      return {
        size: options.poolSize,
        open: own.open + shared.open,
        busy: own.busy + shared.busy,
        waiting: own.waiting,
      }
    },
    close: async () => {
      await Promise.all([lane.close(), pool.close()])
    },
  }
}

/** Statements are counted for what is under way when they are asked. */
function watched(job: Job): Job {
  const observation = currentObservation()
  if (observation === undefined) return job
  job.watcher = observation
  job.askedAtMs = performance.now()
  return job
}
