import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { PostgresFacts } from '@cloudbox/protocol/server-facts'
import { openDatabase, type Connection, type Database } from '../db.ts'
import { createLog, type Log } from '../log.ts'
import { readConnectionUrl } from './connection-url.ts'
import { describePostgres } from './describe.ts'
import { recallHome } from './home.ts'
import { superuser } from './initialise.ts'
import { findInstalled, hydrateLinks, programPath } from './native.ts'
import { databaseName } from './prepare-database.ts'
import { checkRequirements, type Missing } from './requirements.ts'
import { StartProblem } from './start-problem.ts'

export interface InspectedPostgres {
  readonly facts: PostgresFacts
  /** All it lacks to carry CloudBox, each with the command that mends it. */
  readonly missing: readonly Missing[]
  /** Its clock is so much ahead of this process' one, give or take `uncertaintyMs`. */
  readonly aheadMs: number
  readonly uncertaintyMs: number
}

/** Looks at a Postgres and changes nothing. @throws StartProblem when it does not answer */
export async function inspectPostgres(url: string): Promise<InspectedPostgres> {
  const db = await connectExternal(
    readConnectionUrl(url),
    createLog('error', () => {}),
  )
  try {
    const missing = await checkRequirements(db)
    const askedAt = Date.now()
    const { facts, at } = await describePostgres(db)
    const answeredAt = Date.now()
    const between = (askedAt + answeredAt) / 2
    return { facts, missing, aheadMs: Date.parse(at) - between, uncertaintyMs: (answeredAt - askedAt) / 2 }
  } finally {
    await db.close()
  }
}

/** Connects to a Postgres somebody else runs. @throws StartProblem when it does not answer */
export function connectExternal(connection: Connection, log: Log): Promise<Database> {
  return openDatabase(connection, { log, poolSize: 1, statementTimeoutMs: 15_000 }).catch(
    (error: unknown) => {
      throw new StartProblem(
        'postgres/no-connection',
        `The Postgres of DATABASE_URL does not answer: ${error instanceof Error ? error.message : String(error)}`,
        'Check host, port, user, password and database in DATABASE_URL.',
      )
    },
  )
}

/** What is remembered of the embedded Postgres of a data directory; undefined where it was never started. */
export function recallEmbedded(
  dataDir: string,
): { readonly port: number | undefined; readonly folder: string; readonly url: string } | undefined {
  const home = recallHome(dataDir)
  if (home === undefined) return undefined
  const { port, folder, password } = home
  return { port, folder, url: `postgres://${superuser}:${password}@127.0.0.1:${port}/${databaseName}` }
}

/**
 * Runs the installed program of Postgres, as far as to tell its version.
 * @throws StartProblem when it is not installed; what the system says when it does not run
 */
export async function tryPrograms(): Promise<{ readonly version: string; readonly folder: string }> {
  const native = findInstalled()
  hydrateLinks(native.folder)
  const { stdout } = await promisify(execFile)(programPath(native, 'postgres'), ['--version'], {
    timeout: 10_000,
  })
  return { version: stdout.replace(/^postgres \(PostgreSQL\) /, '').trim(), folder: native.folder }
}
