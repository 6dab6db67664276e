import { fold } from './fold.ts'
import { literal, make, type Node, type Type } from './ir.ts'
import { parseDecimal } from './decimal.ts'
import type { Context } from './check-context.ts'

const JSON_SCALARS = new Set<Type>(['bool', 'double', 'string'])

/** The node as a value of another type, or undefined when there is no conversion that always makes sense. */
export function convert(node: Node, type: Type, { sources }: Pick<Context, 'sources'>): Node | undefined {
  const from = node.type
  if (from === type) return node
  if (from === 'null') return literal(type, undefined)
  const to = (target: Type, of = node) => fold(make({ op: 'convert', type: target, args: [of] }))
  if (from === 'int' && (type === 'double' || type === 'decimal')) return to(type)
  if (from === 'double' && type === 'decimal' && node.op === 'literal') {
    return literal('decimal', parseDecimal(sources.get(node) ?? String(node.value)))
  }
  if (from === 'string' && type === 'uuid') return to('uuid')
  if (from === 'json') {
    if (JSON_SCALARS.has(type)) return to(type)
    if (type === 'uuid') return to('uuid', to('string'))
  }
  return undefined
}

/** Both operands in the one type they are compared in. */
export function unify(left: Node, right: Node, context: Pick<Context, 'sources'>): [Node, Node] | undefined {
  if (left.type === right.type) return left.type === 'json' ? undefined : [left, right]
  const a = convert(left, right.type, context)
  if (a && left.type !== 'null') return [a, right]
  const b = convert(right, left.type, context)
  return b && right.type !== 'null' ? [left, b] : undefined
}
