import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import { defineEvent } from '../../../kernel/events.ts'
import { id, sql, type Sql } from '../../../kernel/sql.ts'

/** Sessions were ended: their tokens are refused from now on, and their live connections are closed. */
export const sessionsEnded = defineEvent<{ environmentId: string; sessionIds: readonly string[] }>(
  'auth.sessions-ended',
)

/** The longest an access token can live, by its settings. */
const longestTokenSeconds = 3600

/** Sessions, and tokens of users, that ended before they would have. A process knows them all: checking one asks no database. */
export class Revocations {
  readonly #untilMs = new Map<string, number>()
  /** Users whose tokens are out of date, and since when. */
  readonly #outdatedMs = new Map<string, number>()
  #sweepAtMs = 0

  add(sessionIds: readonly string[], nowMs = Date.now()): void {
    for (const sessionId of sessionIds) this.#untilMs.set(sessionId, nowMs + longestTokenSeconds * 1000)
    if (nowMs < this.#sweepAtMs) return
    this.#sweepAtMs = nowMs + 60_000
    for (const [sessionId, untilMs] of this.#untilMs) if (untilMs < nowMs) this.#untilMs.delete(sessionId)
    for (const [userId, atMs] of this.#outdatedMs)
      if (atMs + longestTokenSeconds * 1000 < nowMs) this.#outdatedMs.delete(userId)
  }

  /** Tokens of this user made before are out of date. */
  outdate(userId: string, atMs: number): void {
    this.#outdatedMs.set(userId, Math.max(atMs, this.#outdatedMs.get(userId) ?? 0))
  }

  /** A token's time is in whole seconds: one made in the same second is renewed once more than needed. */
  isOutdated(userId: string, madeAtMs: number): boolean {
    const sinceMs = this.#outdatedMs.get(userId)
    return sinceMs !== undefined && madeAtMs + 1000 <= sinceMs
  }

  has(sessionId: string): boolean {
    return this.#untilMs.has(sessionId)
  }

  /** Those of before this process began to hear. */
  async load(db: Database, { schema }: Pick<Environment, 'schema'>, nowMs?: number): Promise<void> {
    const rows = await db.query<{ id: string }>(sql`
      select id from ${id(schema, 'auth_sessions')}
      where revoked_at > now() - make_interval(secs => ${longestTokenSeconds})`)
    this.add(
      rows.map(row => row.id),
      nowMs,
    )
  }
}

/**
 * Ends sessions and says so to every process with the commit. Sessions that have ended already stay as they are.
 * @param which condition over the columns of `auth_sessions`
 */
export async function endSessions(
  tx: Tx,
  environment: Pick<Environment, 'id' | 'schema'>,
  which: Sql,
  why: string,
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(sql`
    update ${id(environment.schema, 'auth_sessions')} set revoked_at = now(), revoked_why = ${why}
    where revoked_at is null and ends_at > now() and ${which} returning id`)
  const sessionIds = rows.map(row => row.id)
  if (sessionIds.length > 0) await tx.emit(sessionsEnded, { environmentId: environment.id, sessionIds })
  return sessionIds
}
