import type { AstNode, Range } from './ast.ts'
import type { Node, Type } from './ir.ts'
import type { TableSchema } from './schema.ts'

/** What names an expression may use. */
export interface Scope {
  /** The stored row: `doc`. */
  doc?: TableSchema | undefined
  /** The incoming row: `next`. */
  next?: TableSchema | undefined
  /** The caller: `auth.uid`, `auth.role`, `auth.<claim>`. Default true. */
  auth?: boolean
  /** `request.method`, `request.ip`, `request.time`, and `now`. Default true. */
  request?: boolean
  /** Tables that `db.<name>.exists(…)` may look into. */
  db?: Record<string, TableSchema> | undefined
  /** The type of the result, default `bool`; `any` takes every type. */
  expects?: Type | 'any'
}

/** A name bound by a macro: an element of a list, or a row of another table. */
export type Variable = { kind: 'element'; node: Node } | { kind: 'row'; id: string; table: TableSchema }

/** What one run of the checker carries along. */
export interface Context {
  scope: Scope
  variables: ReadonlyMap<string, Variable>
  /** Checks a sub-expression. */
  check(ast: AstNode, context: Context): Node
  /** Reports a mistake and returns the node that marks it. */
  fail(message: string, range: Range, hint?: string): Node
  warn(message: string, range: Range, hint?: string): void
  /** The source text of number literals, for exact decimals. */
  sources: WeakMap<Node, string>
  /** A name no other variable of the expression has. */
  uniqueName(name: string): string
  publicReasons: string[]
  countLookup(): number
}

export const isInvalid = (...nodes: readonly Node[]): boolean => nodes.some(node => node.type === 'invalid')
