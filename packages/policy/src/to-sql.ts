import type { Bound } from './bind.ts'
import { encodeText, quoteName, sqlType } from './sql-text.ts'
import { writeSql } from './write-sql.ts'

/** SQL text and the values of its placeholders, each as the text Postgres reads; placeholders carry their casts. */
export interface SqlFragment {
  text: string
  values: string[]
}

export interface SqlOptions {
  /** SQL that names the stored row in the statement, such as `t`: every column is qualified by it. */
  alias: string
  /** The number of the first placeholder, default 1. */
  startAt?: number
  /** The same for the incoming row, when it is read in SQL. */
  nextAlias?: string
  /** Adds COLLATE "C" to text comparisons, for a database that does not order text by code point. */
  collate?: boolean
}

/** Writes a bound expression as a boolean (or value) of SQL. Rows qualify where it is true; unknown is NULL. */
export function toSql(bound: Bound, options: SqlOptions): SqlFragment {
  const { alias, nextAlias, startAt = 1 } = options
  const values: string[] = []
  const places = new Map<string, number>()
  const text = writeSql(bound.node, {
    column(row, column) {
      const name = row === 'doc' ? alias : nextAlias
      if (name === undefined) throw new TypeError('the incoming row is neither bound nor named by nextAlias')
      return `${name}.${quoteName(column)}`
    },
    literal(type, value) {
      const cast = sqlType(type, value)
      if (value === undefined || value === null) return `NULL::${cast}`
      const encoded = encodeText(type, value)
      const key = `${cast} ${encoded}`
      let place = places.get(key)
      if (place === undefined) {
        place = startAt + values.push(encoded) - 1
        places.set(key, place)
      }
      return `$${place}::${cast}`
    },
    parameter(path) {
      throw new TypeError(`${path} is not bound`)
    },
    hoistParameters: false,
    allowsSubselect: true,
    collation: options.collate ? ' COLLATE "C"' : '',
  })
  return { text, values }
}
