import type { CloudBoxError, Query, Result, TableOf } from '@cloudbox/client'

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

/** What the person looking likes. */
export interface Stars {
  has(id: string): boolean
  /** Sets or takes a star; what the server refuses comes back. */
  toggle(id: string): Promise<CloudBoxError | null>
  /** Gives the function that stops it. */
  onChange(hear: () => void): () => void
}

/** Everything the list needs to know about one collection. */
export interface View<Row> {
  /** `place`, `places` */
  readonly one: string
  readonly many: string
  readonly filter: { readonly label: string; readonly all: string; readonly options: Options }
  readonly orders: Options
  readonly fields: readonly EditableField[]
  /** Undefined as long as it is not known what to ask for. */
  query(choice: Choice): Query<TableOf<Row>, Row & object, Row[]> | undefined
  /** Tells when the same choice has become another query. Gives the function that stops it. */
  onOtherQuery?(hear: () => void): () => void
  /** None: rows are not added in this list. */
  readonly insert?: (values: Values) => PromiseLike<Result<unknown>>
  update(id: string, values: Values): PromiseLike<Result<unknown>>
  remove(id: string): PromiseLike<Result<unknown>>
  /** Rows can be starred. */
  readonly stars?: Stars
  /** How a row gets into this list while there is none. */
  readonly wayIn: string
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
