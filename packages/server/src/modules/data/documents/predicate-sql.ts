import type { Bound } from '@cloudbox/policy/bind'
import { encodeText, quoteName, sqlType } from '@cloudbox/policy/sql-text'
import { writeSql } from '@cloudbox/policy/write-sql'
import { raw, sql, type Sql } from '../../../kernel/sql.ts'

/** Names of the rows a predicate reads in a statement. */
export interface RowNames {
  readonly doc?: string
  /** Or how to write a column of it, where it is no row of its own. */
  readonly next?: string | ((column: string) => string)
}

/** A bound predicate as a piece of SQL with its values bound. */
export function predicateSql(bound: Bound, names: RowNames): Sql {
  const values: string[] = []
  const text = writeSql(bound.node, {
    column(row, column) {
      const name = names[row]
      if (name === undefined) throw new TypeError(`no row is named for ${row}`)
      return typeof name === 'string' ? `${name}.${quoteName(column)}` : name(column)
    },
    literal(type, value) {
      const cast = sqlType(type, value)
      if (value === undefined || value === null) return `NULL::${cast}`
      // NUL can stand in no text that Postgres takes, so it can mark the places of the values.
      return `\0${values.push(encodeText(type, value)) - 1}\0::${cast}`
    },
    parameter(path) {
      throw new TypeError(`${path} is not bound`)
    },
    hoistParameters: false,
    allowsSubselect: true,
    // Text columns are made with an order by code point.
    collation: '',
  })
  const [first = '', ...rest] = text.split('\0')
  let whole = raw(first)
  for (let i = 0; i + 1 < rest.length; i += 2) {
    whole = sql`${whole}${values[Number(rest[i])]}${raw(rest[i + 1]!)}`
  }
  return whole
}
