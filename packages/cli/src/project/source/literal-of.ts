import type * as ast from '@babel/types'
import { keyOf } from './parse-source.ts'

/** The value of an expression that is written as a literal; undefined where it is computed by code. */
export function literalOf(node: ast.Node): { readonly value: unknown } | undefined {
  switch (node.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return { value: node.value }
    case 'NullLiteral':
      return { value: null }
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? { value: node.quasis[0]?.value.cooked ?? '' } : undefined
    case 'UnaryExpression': {
      const inner = node.operator === '-' ? literalOf(node.argument) : undefined
      return typeof inner?.value === 'number' ? { value: -inner.value } : undefined
    }
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return literalOf(node.expression)
    case 'ArrayExpression': {
      const values = node.elements.map(element => (element === null ? undefined : literalOf(element)))
      return values.includes(undefined) ? undefined : { value: values.map(one => one!.value) }
    }
    case 'ObjectExpression': {
      const entries: [string, unknown][] = []
      for (const property of node.properties) {
        const key = keyOf(property)
        const value = property.type === 'ObjectProperty' ? literalOf(property.value) : undefined
        if (key === undefined || value === undefined) return undefined
        entries.push([key, value.value])
      }
      return { value: Object.fromEntries(entries) }
    }
    default:
      return undefined
  }
}
