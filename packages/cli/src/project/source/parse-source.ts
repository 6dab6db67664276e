import { parse } from '@babel/parser'
import type * as ast from '@babel/types'

/** A node of which it is known where it stands. */
export type Placed<N extends ast.Node = ast.Node> = N & { readonly start: number; readonly end: number }

/** The text of a schema or a migration, read as far as editing needs it. */
export interface Source {
  readonly text: string
  /** Top-level constants by name. */
  readonly constants: ReadonlyMap<string, Placed<ast.Expression>>
  /** How often a name is used, its declaration not counted. */
  uses(name: string): number
  /** The object that `defineSchema` or `migration` is called with. */
  readonly root: Placed<ast.ObjectExpression> | undefined
}

/** Reads a text; undefined where it cannot be understood. */
export function parseSource(text: string): Source | undefined {
  let program: ast.Program
  try {
    program = parse(text, { sourceType: 'module', plugins: ['typescript'] }).program
  } catch {
    return undefined
  }
  const constants = new Map<string, Placed<ast.Expression>>()
  const values: ast.Node[] = []
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declaration?.type === 'ExportDefaultDeclaration') values.push(declaration.declaration)
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue
    for (const { id, init } of declaration.declarations) {
      if (id.type !== 'Identifier' || !init) continue
      constants.set(id.name, init as Placed<ast.Expression>)
      values.push(init)
    }
  }
  let used: Map<string, number> | undefined
  return {
    text,
    constants,
    uses: name => (used ??= countUses(program)).get(name) ?? 0,
    root: rootAmong(constants, values),
  }
}

function rootAmong(constants: Source['constants'], values: readonly ast.Node[]): Source['root'] {
  for (const value of values) {
    const call = follow(constants, value)
    if (call?.type !== 'CallExpression' || call.callee.type !== 'Identifier') continue
    if (!['defineSchema', 'migration'].includes(call.callee.name)) continue
    const found = follow(constants, call.arguments[0])
    if (found?.type === 'ObjectExpression') return found as Placed<ast.ObjectExpression>
  }
  return undefined
}

/** What an expression is, behind constants, `as const`, `satisfies` and parentheses. */
export function follow(
  constants: Source['constants'],
  node: ast.Node | null | undefined,
): Placed | undefined {
  let now = node
  for (let i = 0; i < 50 && now; i++) {
    if (
      now.type === 'TSAsExpression' ||
      now.type === 'TSSatisfiesExpression' ||
      now.type === 'TSNonNullExpression' ||
      now.type === 'ParenthesizedExpression'
    )
      now = now.expression
    else if (now.type === 'Identifier' && constants.has(now.name)) now = constants.get(now.name)
    else return now as Placed
  }
  return undefined
}

/** The constants on the way to what an expression is. */
export function constantsOf({ constants }: Source, node: ast.Node): string[] {
  const names: string[] = []
  let now: ast.Node | undefined = node
  while (now !== undefined) {
    if (now.type === 'TSAsExpression' || now.type === 'TSSatisfiesExpression') now = now.expression
    else if (now.type === 'Identifier' && constants.has(now.name) && !names.includes(now.name)) {
      names.push(now.name)
      now = constants.get(now.name)
    } else return names
  }
  return names
}

/** The name of a property, where it is written as one. */
export function keyOf(property: ast.Node): string | undefined {
  if (property.type !== 'ObjectProperty' && property.type !== 'ObjectMethod') return undefined
  if (property.computed) return undefined
  const { key } = property
  if (key.type === 'Identifier') return key.name
  if (key.type === 'StringLiteral') return key.value
  return key.type === 'NumericLiteral' ? String(key.value) : undefined
}

/** A property by its name; the last one counts. */
export function propertyOf(
  object: ast.ObjectExpression,
  name: string,
): Placed<ast.ObjectProperty> | undefined {
  const found = object.properties.findLast(property => keyOf(property) === name)
  return found?.type === 'ObjectProperty' ? (found as Placed<ast.ObjectProperty>) : undefined
}

/** Line and column of a position, both from 1. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  const start = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - start + 1 }
}

function isUse(node: ast.Identifier, parent: ast.Node | undefined): boolean {
  if (parent === undefined) return true
  if (parent.type === 'VariableDeclarator') return parent.id !== node
  if (parent.type === 'ObjectProperty') return parent.value === node || parent.computed
  if (parent.type === 'MemberExpression') return parent.object === node || parent.computed
  return true
}

function countUses(program: ast.Program): Map<string, number> {
  const uses = new Map<string, number>()
  const walk = (node: ast.Node, parent: ast.Node | undefined): void => {
    if (node.type === 'Identifier' && isUse(node, parent)) uses.set(node.name, (uses.get(node.name) ?? 0) + 1)
    for (const [key, value] of Object.entries(node)) {
      if (key === 'loc' || key === 'extra' || key.endsWith('Comments')) continue
      for (const child of Array.isArray(value) ? (value as unknown[]) : [value as unknown])
        if (isNode(child)) walk(child, node)
    }
  }
  walk(program, undefined)
  return uses
}

function isNode(value: unknown): value is ast.Node {
  return typeof value === 'object' && value !== null && typeof (value as ast.Node).type === 'string'
}
