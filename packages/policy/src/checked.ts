import type { Ast } from './ast.ts'
import type { CelMistake } from './cel-error.ts'
import type { Node, Type } from './ir.ts'
import type { TableSchema } from './schema.ts'

/** An expression that fits its scope. */
export interface Checked {
  ast: Ast
  node: Node
  type: Type
  doc: TableSchema | undefined
  next: TableSchema | undefined
  /** The reasons of its `public("…")` calls. */
  publicReasons: readonly string[]
  /** True when it calls `public("…")`. */
  isPublic: boolean
  /** True for every row and an anonymous caller. A policy like that must say `public("…")`. */
  isAlwaysTrue: boolean
  /** It reads the time, so rows can begin or cease to match without being changed. */
  usesNow: boolean
  /** Things that are allowed but seldom meant. */
  warnings: readonly CelMistake[]
}
