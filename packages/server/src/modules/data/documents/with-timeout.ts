import type { Database } from '../../../kernel/db.ts'

/** The same database, whose statements are cancelled after a time of their own; itself when there is none. */
export function withTimeout(db: Database, timeoutMs: number | undefined): Database {
  if (timeoutMs === undefined) return db
  return {
    ...db,
    query: (question, options) => db.query(question, { timeoutMs, ...options }),
    transaction: (work, options) => db.transaction(work, { statementTimeoutMs: timeoutMs, ...options }),
  }
}
