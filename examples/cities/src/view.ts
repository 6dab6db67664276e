import type { Query, Result, TableOf } from '@cloudbox/client'

/** What the person looking has chosen. */
export interface Choice {
  /** Text to find; empty for everything. */
  readonly search: string
  /** One of the filter's values; empty for all. */
  readonly filter: string
  /** One of the orders' values. */
  readonly order: string
}

type Options = readonly (readonly [value: string, label: string])[]

/** A field that can be edited. */
export interface EditableField {
  readonly name: string
  readonly label: string
  readonly required?: boolean
  /** Makes it a choice instead of free text. */
  readonly options?: Options
}

export type Values = Readonly<Record<string, string | null>>

/** Everything the list needs to know about one collection. */
export interface View<Row> {
  /** `place`, `places` */
  readonly one: string
  readonly many: string
  readonly filter: { readonly label: string; readonly all: string; readonly options: Options }
  readonly orders: Options
  readonly fields: readonly EditableField[]
  query(choice: Choice): Query<TableOf<Row>, Row & object, Row[]>
  insert(values: Values): PromiseLike<Result<unknown>>
  update(id: string, values: Values): PromiseLike<Result<unknown>>
  remove(id: string): PromiseLike<Result<unknown>>
  /** What a row shows: a title, a line below it, something at its end. */
  title(row: Row): string
  detail(row: Row): string
  aside(row: Row): string
  /** The present value of an editable field. */
  value(row: Row, field: string): string
}

/** A pattern for `ilike` that finds the text anywhere, taking `%` and `_` literally. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}
