/** An aggregate as it stands in `select`; `Value` is what it answers. */
export interface Aggregate<Value> {
  readonly text: string
  readonly value?: Value
}

/** The number of documents, or of those where the field is present. */
export function count(field?: string): Aggregate<number> {
  return { text: field === undefined ? 'count()' : `${field}.count()` }
}

/** The sum; null over nothing. Sums of decimals are text: `sum<string>('price')`. */
export function sum<Value = number>(field: string): Aggregate<NoInfer<Value> | null> {
  return { text: `${field}.sum()` }
}

/** The average; null over nothing. Averages of decimals are text: `avg<string>('price')`. */
export function avg<Value = number>(field: string): Aggregate<NoInfer<Value> | null> {
  return { text: `${field}.avg()` }
}

/** The least; null over nothing. Of texts and times: `min<string>('createdAt')`. */
export function min<Value = number>(field: string): Aggregate<NoInfer<Value> | null> {
  return { text: `${field}.min()` }
}

/** The greatest; null over nothing. Of texts and times: `max<string>('createdAt')`. */
export function max<Value = number>(field: string): Aggregate<NoInfer<Value> | null> {
  return { text: `${field}.max()` }
}

/** What aggregates answer, by the names they were given. */
export type Aggregated<Columns extends Readonly<Record<string, Aggregate<unknown>>>> = {
  -readonly [Name in keyof Columns]: Columns[Name] extends Aggregate<infer Value> ? Value : never
}
