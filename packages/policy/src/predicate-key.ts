import type { Bound } from './bind.ts'
import type { Node } from './ir.ts'

/**
 * Canonical text of a bound predicate: the same for predicates that differ only in the order of their operands or
 * the names of their variables, so that subscriptions with the same meaning form one group.
 */
export function predicateKey(bound: Bound): string {
  return nodeKey(bound.node)
}

const keys = new WeakMap<Node, string>()

/** The canonical text of one node. */
export function nodeKey(node: Node, variables: readonly string[] = []): string {
  if (node.free.length > 0) return writeKey(node, variables)
  let key = keys.get(node)
  if (key === undefined) {
    key = writeKey(node, variables)
    keys.set(node, key)
  }
  return key
}

function writeKey(node: Node, variables: readonly string[]): string {
  switch (node.op) {
    case 'literal':
      return `${node.type}:${valueKey(node.value)}`
    case 'column':
      return `${node.row}.${JSON.stringify(node.column)}`
    case 'member':
      return `$${variables.lastIndexOf(node.variable)}.${JSON.stringify(node.column)}`
    case 'variable':
      return `$${variables.lastIndexOf(node.name)}`
    case 'parameter':
      return node.path
  }
  const inner = node.op === 'quantifier' || node.op === 'lookup' ? [...variables, node.variable] : variables
  const args = node.args.map(arg => nodeKey(arg, inner))
  if (node.op === 'and' || node.op === 'or') args.sort()
  if (node.op === 'among') args.splice(1, args.length, ...args.slice(1).sort())
  return `${attributeKey(node)}(${args.join(',')})`
}

function attributeKey(node: Node): string {
  switch (node.op) {
    case 'select':
      return `select[${JSON.stringify(node.key)}]`
    case 'compare':
      return node.comparison
    case 'text-test':
      return node.test
    case 'matches':
      return `matches[${JSON.stringify(node.pattern)}]`
    case 'like':
      return `${node.ignoreCase ? 'ilike' : 'like'}[${JSON.stringify(node.pattern)}]`
    case 'list-test':
      return node.test
    case 'quantifier':
      return node.every ? 'all' : 'exists'
    case 'lookup':
      return `lookup[${node.table.table}]`
    case 'in-set':
      return `in-set[${node.set}]`
    case 'convert':
      return `convert[${node.args[0].type} ${node.type}]`
    case 'arithmetic':
      return `${node.type}${node.operator}`
    case 'time-part':
      return node.part
    default:
      return node.op
  }
}

function valueKey(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'bigint' || typeof value === 'number' || value === undefined) return String(value)
  if (Array.isArray(value)) return `[${value.map(valueKey).join(',')}]`
  return JSON.stringify(value)
}
