import type { Bound } from './bind.ts'
import { join, type Node } from './ir.ts'
import { simplifyTrue } from './simplify.ts'

/**
 * Predicates whose union is true of the same rows, at most `max` of them, such that
 * `(a || b) && c` becomes `a && c` and `b && c`. Parts are more often shared between subscribers, and indexable.
 */
export function disjuncts(bound: Bound, max = 6): Bound[] {
  const parts = split(bound.node, max) ?? [bound.node]
  return parts
    .map(part => ({ node: simplifyTrue(part) }))
    .filter(({ node }) => node.op !== 'literal' || node.value === true)
}

function split(node: Node, max: number): Node[] | undefined {
  if (node.op !== 'or' && node.op !== 'and') return [node]
  let parts: Node[] = node.op === 'or' ? [] : [join('and', [])]
  for (const arg of node.args) {
    const inner = split(arg, max)
    if (!inner) return undefined
    parts =
      node.op === 'or'
        ? [...parts, ...inner]
        : parts.flatMap(left => inner.map(right => join('and', [left, right])))
    if (parts.length > max) return undefined
  }
  return parts
}
