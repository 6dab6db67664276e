/** A list request as it was written, before anything is known about the collection. */
export interface Query {
  readonly selection: Selection
  readonly filter: Filter | undefined
  /** A filter on groups, by the names of their values. */
  readonly having: Filter | undefined
  /** A CEL expression. */
  readonly where: string | undefined
  readonly order: readonly OrderTerm[]
  readonly limit: number | undefined
  /** The cursor of the page before. */
  readonly after: string | undefined
  readonly count: 'exact' | 'estimated' | undefined
  /** The unique field an upsert meets existing documents by. */
  readonly onConflict: string | undefined
}

/** Where something stands in the request, for whoever has to mend it: `?order`, `?select[3:9]`. */
export type Place = string

/** A field, or a value inside its JSON: `meta->address->>city`. */
export interface Path {
  readonly field: string
  readonly keys: readonly (string | number)[]
  /** The last arrow was `->>`: the value is read as text. */
  readonly asText: boolean
  readonly at: Place
}

export type SelectItem =
  | { readonly kind: 'all' }
  | { readonly kind: 'field'; readonly path: Path; readonly alias?: string; readonly cast?: string }
  | Aggregate
  | Embed

export const aggregateFunctions = ['count', 'sum', 'avg', 'min', 'max'] as const
export type AggregateFunction = (typeof aggregateFunctions)[number]

/** `total:population.sum()`; without a path the number of documents. */
export interface Aggregate {
  readonly kind: 'aggregate'
  readonly aggregate: AggregateFunction
  readonly path?: Path
  /** `field::type.sum()` */
  readonly cast?: string
  /** `field.sum()::type` */
  readonly resultCast?: string
  readonly alias?: string
  readonly at: Place
}

/** Documents of another collection inside ours: `author:users!owner!inner(name)`. */
export interface Embed {
  readonly kind: 'embed'
  readonly name: string
  readonly alias?: string
  /** Which relation, when there are several. */
  readonly relation?: string
  /** Documents without a match are left out. */
  readonly isInner: boolean
  readonly selection: Selection
  readonly filter: Filter | undefined
  readonly having: Filter | undefined
  readonly order: readonly OrderTerm[]
  readonly limit: number | undefined
  readonly at: Place
}
export type Selection = readonly SelectItem[]

export const operators = [
  'eq',
  'neq',
  'gt',
  'gte',
  'lt',
  'lte',
  'like',
  'ilike',
  'match',
  'in',
  'is',
  'contains',
  'containedBy',
  'overlaps',
] as const
export type Operator = (typeof operators)[number]

/** A value as written; quoted ones are always text. */
export interface Written {
  readonly text: string
  readonly isQuoted: boolean
}

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly items: readonly Filter[] }
  | { readonly kind: 'not'; readonly item: Filter }
  | {
      readonly kind: 'compare'
      readonly path: Path
      readonly operator: Operator
      readonly values: readonly Written[]
      readonly at: Place
    }

export interface OrderTerm {
  readonly path: Path
  readonly direction: 'asc' | 'desc'
  /** Postgres' own order unless told: nulls last going up, first going down. */
  readonly nulls: 'first' | 'last'
}

/** Bounds of what one request may ask. */
export const queryLimits = {
  /** Documents of a page, unless told. */
  defaultLimit: 100,
  /** Documents of a page, at most. */
  limit: 1000,
  /** Comparisons in one query. */
  filters: 100,
  /** `or(and(or(…)))` */
  nesting: 10,
  /** `a(b(c(…)))` */
  embedDepth: 5,
  /** Embedded relations in one query. */
  embeds: 20,
  /** Values of one `in.(…)`. */
  values: 1000,
  /** Fields of one selection. */
  selected: 200,
  orderTerms: 8,
  /** Keys of one JSON path. */
  pathKeys: 10,
} as const
