/** The comparisons of the query dialect, as the manual explains them. */
export const operators: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: 'eq', meaning: 'equals the value' },
  { name: 'neq', meaning: 'does not equal it' },
  { name: 'gt', meaning: 'is greater' },
  { name: 'gte', meaning: 'is greater or equal' },
  { name: 'lt', meaning: 'is less' },
  { name: 'lte', meaning: 'is less or equal' },
  { name: 'like', meaning: 'matches a pattern: `*` is any text, `_` one character' },
  { name: 'ilike', meaning: 'matches it in upper or lower case' },
  { name: 'match', meaning: 'matches a regular expression' },
  { name: 'in', meaning: 'is one of `(a,b)`' },
  { name: 'is', meaning: 'is `null`, `not_null`, `true`, `false` or `unknown`' },
  { name: 'contains', meaning: 'is a list with all of `(a,b)`' },
  { name: 'containedBy', meaning: 'is a list of nothing else than `(a,b)`' },
  { name: 'overlaps', meaning: 'is a list with one of `(a,b)`' },
]
