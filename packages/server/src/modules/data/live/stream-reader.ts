import { columnsOf, decodeText } from '@cloudbox/policy/codec'
import type { TableSchema } from '@cloudbox/policy/schema'
import type { StreamRow, StreamTable } from '../../../kernel/stream.ts'
import type { ModelRow } from './live-query.ts'

const places = new WeakMap<StreamTable, ReadonlyMap<string, number>>()

/** The value of a column in a row of the change stream; a column this version of the table has not is NULL. */
export function textIn(table: StreamTable, row: StreamRow): (column: string) => string | null {
  let known = places.get(table)
  if (known === undefined) {
    known = new Map(table.columns.map(({ name }, i) => [name, i]))
    places.set(table, known)
  }
  const found = known
  return column => {
    const place = found.get(column)
    return place === undefined ? null : (row[place] ?? null)
  }
}

/** Reads rows of the change stream in the model of predicates: by column, absent is undefined. */
export function rowReader(schema: TableSchema): (table: StreamTable, row: StreamRow) => ModelRow {
  const columns = columnsOf(schema)
  return (table, row) => {
    const text = textIn(table, row)
    const model: ModelRow = {}
    for (const { column, type, list } of columns) model[column] = decodeText(type, list, text(column))
    return model
  }
}
