/** What an expression may cost. Checked before anything is compiled, so that no text from outside can tie up a server. */
export const limits = {
  /** Length of an expression in UTF-16 units. */
  textLength: 20_000,
  /** Nodes of the syntax tree; the items of a literal list are not counted. */
  nodes: 500,
  /** Nodes after typing; `x in [a, b]` may repeat x for every item. */
  typedNodes: 20_000,
  /** Nesting of brackets, calls and unary operators. */
  depth: 32,
  /** Items of a literal list. */
  listItems: 1_000,
  /** Characters of a regular expression. */
  regexLength: 256,
  /** Multiplications of integers inside each other: integers are unbounded, so each may double the digits. */
  multiplications: 8,
  /** Cross-document lookups in one expression. */
  lookups: 3,
  /** Keys of one predicate in the subscription index. */
  accessKeys: 64,
} as const
