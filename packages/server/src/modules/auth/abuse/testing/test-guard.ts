import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Database } from '../../../../kernel/db.ts'
import { id, sql } from '../../../../kernel/sql.ts'
import { testDatabase, type Cleanup } from '../../../../testing/test-database.ts'
import type { Guard } from '../guard.ts'

const file = new URL('../../environment/0003_create_rate_limits.sql', import.meta.url)

export interface TestGuard extends Guard {
  readonly db: Database
  /** Lets time pass; it stands still otherwise. */
  pass(seconds: number): void
  count(table: 'auth_rate_limits' | 'auth_lockouts'): Promise<number>
}

/** A guard with a clock of its own, in a database of its own. */
export async function testGuard(cleanup: Cleanup): Promise<TestGuard> {
  const { db } = await testDatabase(cleanup)
  const schema = 'shop__dev'
  let nowMs = Date.UTC(2026, 0, 1)
  await db.transaction(async tx => {
    await tx.script(`create schema ${schema}`)
    await tx.script((await readFile(file, 'utf8')).replaceAll('{schema}', schema))
  })
  return {
    db,
    environment: { schema },
    key: randomBytes(32),
    now: () => nowMs,
    pass: seconds => (nowMs += seconds * 1000),
    async count(table) {
      const [row] = await db.query(sql`select count(*)::int as rows from ${id(schema, table)}`)
      return Number(row!.rows)
    },
  }
}
