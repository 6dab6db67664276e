import type { Collection } from '../../data/module.ts'
import type { Columns } from './candidates.ts'

/** The columns of a collection's table. */
export function columnsOf({ fields }: Collection): Columns {
  return new Map(
    Array.from(fields.values(), ({ name, column, type, list }) => [
      column,
      { field: name, type, isList: list },
    ]),
  )
}
