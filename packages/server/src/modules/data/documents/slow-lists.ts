import { headers } from '@cloudbox/protocol/http'
import type { Database } from '../../../kernel/db.ts'
import { id, sql, type Statement } from '../../../kernel/sql.ts'
import type { Collection, Collections } from '../collection.ts'
import { headerText } from './header-text.ts'

/** A list that took long, for whoever can say why. */
export interface SlowList {
  readonly ms: number
  /** Its plan as Postgres tells it in JSON. */
  explain(): Promise<string>
  /** About how many documents a collection has. */
  rowsOf(collection: string): Promise<number>
}

/** Says what would help, in a line; undefined where nothing is known. */
export type ExplainSlowList = (
  list: SlowList,
  collections: ReadonlyMap<string, Collection>,
) => Promise<string | undefined>

/** Where a module puts in what it knows of slow lists. Without one nobody looks. */
export class SlowLists {
  #fromMs = Infinity
  #explain: ExplainSlowList | undefined

  /** Has lists explained that take at least so long. */
  explainWith(fromMs: number, explain: ExplainSlowList): void {
    this.#fromMs = fromMs
    this.#explain = explain
  }

  /** Headers for the answer to a list of a dev environment. Never fails. */
  async headersFor(
    statement: Statement,
    ms: number,
    {
      db,
      collections,
      schema,
    }: { readonly db: Database; readonly collections: Collections; readonly schema: string },
  ): Promise<Record<string, string>> {
    if (ms < this.#fromMs || this.#explain === undefined) return {}
    try {
      const list: SlowList = {
        ms,
        async explain() {
          const text = `explain (format json) ${statement.text}`
          const [row] = await db.query<{ 'QUERY PLAN': string }>({ text, values: statement.values })
          return row!['QUERY PLAN']
        },
        async rowsOf(collection) {
          const [row] = await db.query<{ rows: number }>(sql`
            select greatest(reltuples, 0)::float8 as rows from pg_class
            where oid = to_regclass(${id(schema, collection).parts[0]!})`)
          return row?.rows ?? 0
        },
      }
      const advice = await this.#explain(list, collections)
      return advice === undefined ? {} : { [headers.advice]: headerText(advice) }
    } catch {
      return {}
    }
  }
}
