import pg from 'pg'
import type { Connection } from './db.ts'

/** What one statement answered, as Postgres writes values. */
export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly typeOid: number }[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** What was done: `SELECT`, `UPDATE` … */
  readonly command: string
  readonly count: number | null
}

/** A connection of its own, as somebody with less power than the platform, for statements that people write. */
export interface SqlSession {
  /**
   * Runs one statement; of several the server refuses all.
   * @throws PgError-like: has `code`, `message`, `position` …
   */
  run(text: string): Promise<SqlAnswer>
  close(): Promise<void>
}

const connectTimeoutMs = 5000

/** Values stay as the server wrote them: people want to see what is there. */
const asText = { getTypeParser: () => (text: string) => text }

/** @throws the driver's error where the role cannot log in */
export async function openSqlSession(
  connection: Connection,
  user: string,
  password: string,
): Promise<SqlSession> {
  const { host, port, database, ssl } = connection
  const client = new pg.Client({
    ...{ host, port, database, user, password, types: asText as never },
    ...(ssl !== undefined && { ssl }),
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'cloudbox-sql',
  })
  // The statement under way tells of it.
  client.on('error', () => {})
  await client.connect()
  return {
    async run(text) {
      const { fields, rows, command, rowCount } = await client.query<(string | null)[]>({
        text,
        rowMode: 'array',
        queryMode: 'extended',
      } as never)
      return {
        columns: fields.map(({ name, dataTypeID }) => ({ name, typeOid: dataTypeID })),
        rows: rows as unknown as (string | null)[][],
        command,
        count: rowCount,
      }
    },
    close: () => client.end(),
  }
}
