import { fold, foldOperator } from './fold.ts'
import { isPresent, join, literal, withArgs, type Node } from './ir.ts'
import { nodeKey } from './predicate-key.ts'

/** Substituting a value can make another one known; this many rounds are enough in practice. */
const ROUNDS = 3
/** Types whose equality means the same value, so that one side can replace the other. */
const SUBSTITUTABLE = new Set(['string', 'int', 'uuid', 'bool', 'date', 'timestamp'])

/**
 * A smaller predicate that is true of the same rows. It may be false where the given one is unknown. This is what
 * lets subscriptions share: `room == 'x' && room in [my rooms]` becomes `room == 'x'` for every member.
 */
export function simplifyTrue(node: Node): Node {
  let simple = prune(node, true)
  for (let round = 0; round < ROUNDS; round++) {
    const substituted = substituteEqual(simple)
    if (substituted === simple) break
    simple = prune(substituted, true)
  }
  return simple
}

/** Where only `wanted` matters, unknown is as good as its opposite. */
function prune(node: Node, wanted: boolean): Node {
  switch (node.op) {
    case 'literal':
      return node.value === undefined ? literal('bool', !wanted) : node
    case 'not':
      return foldOperator(withArgs(node, arg => prune(arg, !wanted)))
    case 'and':
    case 'or': {
      const operands = unique(node.args.map(arg => prune(arg, wanted)))
      const isSame =
        operands.length === node.args.length &&
        operands.every((arg, i) => arg === node.args[i] && arg.op !== 'literal')
      return isSame ? node : foldOperator(join(node.op, operands))
    }
    case 'compare': {
      // Values differ from themselves nowhere; see neverEqual in fold.ts.
      const isReflexive =
        !wanted && node.comparison === '==' && nodeKey(node.args[0]) === nodeKey(node.args[1])
      return isReflexive ? literal('bool', true) : node
    }
    default:
      return node
  }
}

function unique(nodes: readonly Node[]): Node[] {
  const seen = new Set<string>()
  const isAlike = (node: Node) => (other: Node) =>
    other !== node && other.op === node.op && other.size === node.size
  return nodes.filter(node => {
    // Keys are text and cost more than this look around.
    if (nodes.length < 10 && !nodes.some(isAlike(node))) return true
    const key = nodeKey(node)
    return !seen.has(key) && seen.add(key)
  })
}

/** `c == 1 && f(c)` to `c == 1 && f(1)`. */
function substituteEqual(node: Node): Node {
  if (node.op !== 'and') return node
  const values = new Map<string, { value: unknown; by: Node }>()
  for (const arg of node.args) {
    const found = columnEqualsLiteral(arg)
    if (found && !values.has(found.key)) values.set(found.key, { value: found.value, by: arg })
  }
  if (values.size === 0) return node
  let isChanged = false
  const operands = node.args.map(arg => {
    const substituted = fold(arg, leaf => {
      const known = leaf.op === 'column' ? values.get(columnKey(leaf)) : undefined
      return known && known.by !== arg ? { value: known.value } : undefined
    })
    isChanged ||= substituted !== arg
    return substituted
  })
  return isChanged ? foldOperator(join('and', operands)) : node
}

const columnKey = (node: Node & { op: 'column' }) => `${node.row}.${node.column}`

/** The column and the value when the node says that they are equal. */
function columnEqualsLiteral(node: Node): { key: string; value: unknown } | undefined {
  if (node.op !== 'compare' || node.comparison !== '==') return undefined
  const [left, right] = node.args
  if (!SUBSTITUTABLE.has(left.type)) return undefined
  if (left.op === 'column' && isPresent(right)) return { key: columnKey(left), value: right.value }
  if (right.op === 'column' && isPresent(left)) return { key: columnKey(right), value: left.value }
  return undefined
}
