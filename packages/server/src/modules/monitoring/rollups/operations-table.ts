import type { Queryable } from '../../../kernel/db.ts'
import type { OperationKind } from '../../../kernel/observation.ts'
import type { Observer } from '../../../kernel/observer.ts'
import { sql } from '../../../kernel/sql.ts'

/** Operations by their numbers in the database, and the other way round. */
export class OperationsTable {
  readonly #observer: Observer
  readonly #numbers = new Map<number, number>()
  readonly #indexes = new Map<number, number>()

  constructor(observer: Observer) {
    this.#observer = observer
  }

  /** Number of an operation; it has one after `ensure`. */
  readonly numberOf = (index: number): number => this.#numbers.get(index)!

  /** Index in this process; undefined: `load` may know it. */
  readonly indexOf = (number: number): number | undefined => this.#indexes.get(number)

  /** Gives operations that have none a number. Not in a transaction, which may be undone. */
  async ensure(db: Queryable, indexes: Iterable<number>): Promise<void> {
    const missing = [...new Set(indexes)]
      .filter(index => !this.#numbers.has(index))
      .map(index => this.#observer.operationAt(index))
    if (missing.length === 0) return
    const kinds = missing.map(({ kind }) => kind)
    const names = missing.map(({ name }) => name)
    await db.query(sql`
      insert into cloudbox.monitoring_operations (kind, name)
      select * from unnest(${kinds}::text[], ${names}::text[]) on conflict do nothing`)
    await this.load(db)
  }

  /** Reads all: there are some hundreds. */
  async load(db: Queryable): Promise<void> {
    const rows = await db.query<{ id: number; kind: OperationKind; name: string }>(
      sql`select id, kind, name from cloudbox.monitoring_operations`,
    )
    for (const { id, kind, name } of rows) {
      const { index } = this.#observer.operation(kind, name)
      this.#numbers.set(index, id)
      this.#indexes.set(id, index)
    }
  }
}
