import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import type { Database } from '../../../kernel/db.ts'
import { join, sql } from '../../../kernel/sql.ts'
import { beginOf, currentPeriods, type Period } from './periods.ts'

const saltBytes = 32

interface Row extends Record<string, unknown> {
  readonly period: Period
  readonly begins: string
  /** As hex. */
  readonly salt: string
}

/**
 * The salts of the periods that go on. All processes have the same, so they are in the database while their period lasts; then
 * they are destroyed, and nobody can tell any more whom a sketch has seen.
 */
export class Salts {
  readonly #db: Database
  readonly #held = new Map<string, KeyObject>()
  #asking: Promise<void> | undefined

  constructor(db: Database) {
    this.#db = db
  }

  of(period: Period, begins: string): KeyObject | undefined {
    return this.#held.get(`${period} ${begins}`)
  }

  hasAll(ms: number): boolean {
    return currentPeriods(ms).every(({ period, begins }) => this.of(period, begins) !== undefined)
  }

  /** Makes or fetches those of the periods that go on at a moment. */
  ensure(ms: number): Promise<void> {
    if (this.hasAll(ms)) return Promise.resolve()
    return (this.#asking ??= this.#ensure(ms).finally(() => (this.#asking = undefined)))
  }

  /** Forgets those whose period is over at a moment. */
  forget(ms: number): void {
    const current = new Set(currentPeriods(ms).map(({ period, begins }) => `${period} ${begins}`))
    for (const key of this.#held.keys()) if (!current.has(key)) this.#held.delete(key)
  }

  /**
   * Destroys those whose period is over at a moment: the file of the table is replaced, for what is deleted only would stay
   * in it until something is written over it.
   */
  async destroy(ms: number): Promise<void> {
    const over = sql`begins < case period when 'day' then ${beginOf('day', ms)}::date
      when 'week' then ${beginOf('week', ms)}::date else ${beginOf('month', ms)}::date end`
    const [row] = await this.#db.query<{ is_over: boolean }>(
      sql`select exists (select from cloudbox.usage_salts where ${over}) as is_over`,
    )
    if (row?.is_over !== true) return
    await this.#db.transaction(async tx => {
      await tx.query(sql`lock table cloudbox.usage_salts in access exclusive mode`)
      const kept = await tx.query<Row>(sql`
        select period, begins::text as begins, encode(salt, 'hex') as salt from cloudbox.usage_salts
        where not (${over})`)
      await tx.query(sql`truncate cloudbox.usage_salts`)
      if (kept.length === 0) return
      const rows = kept.map(
        ({ period, begins, salt }) => sql`(${period}, ${begins}::date, decode(${salt}, 'hex'))`,
      )
      await tx.query(sql`insert into cloudbox.usage_salts (period, begins, salt) values ${join(rows)}`)
    })
  }

  async #ensure(ms: number): Promise<void> {
    const current = currentPeriods(ms)
    const names = current.map(({ period }) => period)
    const begins = current.map(one => one.begins)
    const fresh = current.map(() => randomBytes(saltBytes))
    await this.#db.transaction(async tx => {
      const made = await tx.query<{ period: Period; begins: string }>(sql`
        insert into cloudbox.usage_salts (period, begins, salt)
        select * from unnest(${names}::text[], ${begins}::date[], ${fresh}::bytea[])
        on conflict do nothing returning period, begins::text as begins`)
      if (made.length === 0) return
      // Counted with another salt before: that is how a crash of Postgres shows, which empties the table.
      await tx.query(sql`
        update cloudbox.usage_people p set interrupted = true
        from unnest(${made.map(one => one.period)}::text[], ${made.map(one => one.begins)}::date[])
          as made (period, begins)
        where p.period = made.period and p.begins = made.begins and p.sketch is not null`)
    })
    const rows = await this.#db.query<Row>(
      sql`select period, begins::text as begins, encode(salt, 'hex') as salt from cloudbox.usage_salts`,
    )
    for (const { period, begins: begun, salt } of rows)
      this.#held.set(`${period} ${begun}`, createSecretKey(salt, 'hex'))
  }
}
