import { isStorableJson } from './json-value.ts'
import { isStorable } from './text.ts'
import {
  compare,
  elementOf,
  isConstant,
  isList,
  isPresent,
  join,
  literal,
  make,
  not,
  withArgs,
  type Node,
  type NodeShape,
} from './ir.ts'
import { nodeKey } from './predicate-key.ts'
import { composeNode } from './to-closure.ts'

/** Operators whose result is absent as soon as one operand is. */
const STRICT = new Set<Node['op']>([
  'compare',
  'json-equals',
  'text-test',
  'matches',
  'like',
  'list-test',
  'arithmetic',
  'concat',
  'convert',
  'lower',
  'size',
  'time-part',
  'not',
  'select',
])
/** A quantifier over a known list becomes a junction of its items, unless that has more nodes than this. */
const UNROLL_NODES = 5_000

/** Values for parameters and columns; undefined when the leaf stays. */
export type Known = (leaf: Node) => { value: unknown } | undefined

/** Replaces known leaves by their values and computes whatever follows. Exact in three-valued logic. */
export function fold(node: Node, known: Known = () => undefined): Node {
  if (node.op === 'parameter' || node.op === 'column') {
    const found = known(node)
    return found ? literal(node.type, clean(found.value)) : node
  }
  return foldOperator(withArgs(node, arg => fold(arg, known)))
}

/** Text that Postgres cannot hold equals nothing in it: absent. */
function clean(value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return isStorable(value) ? value : undefined
  if (Array.isArray(value))
    return value.map(item => (typeof item === 'string' && !isStorable(item) ? undefined : item))
  return value
}

/** The same for one node whose operands are folded already. */
export function foldOperator(node: Node): Node {
  if (node.op === 'literal') return node
  if (node.op === 'and' || node.op === 'or') return foldJunction(node)
  const absent = () => literal(node.type, undefined)
  if (STRICT.has(node.op) && node.args.some(arg => arg.op === 'literal' && arg.value === undefined))
    return absent()
  if (isConstant(node)) return compute(node)
  switch (node.op) {
    case 'conditional': {
      const [condition, whenTrue, whenFalse] = node.args
      if (condition.op !== 'literal') return node
      return condition.value === undefined ? absent() : condition.value ? whenTrue : whenFalse
    }
    case 'or-else': {
      const [value, fallback] = node.args
      return value.op !== 'literal' ? node : value.value === undefined ? fallback : value
    }
    case 'lookup': {
      const [body] = node.args
      // EXISTS is two-valued.
      return body.op === 'literal' && body.value !== true ? literal('bool', false) : node
    }
    case 'among':
      return foldAmong(node)
    case 'in-list': {
      const [needle, list] = node.args
      if (list.op === 'literal' && list.value === undefined) return absent()
      if (!isPresent(list) || !isList(list.type)) return node
      const type = elementOf(list.type)
      return foldAmong(
        make({
          op: 'among',
          type: 'bool',
          args: [needle, ...(list.value as unknown[]).map(item => literal(type, item))],
        }),
      )
    }
    case 'json-equals': {
      const [json, scalar] = node.args
      return isPresent(json) ? jsonLiteralEquals(json.value, scalar) : node
    }
    case 'compare':
      return narrow(node)
    case 'quantifier':
      return unroll(node)
    default:
      return node
  }
}

function foldJunction(node: Node & { op: 'and' | 'or' }): Node {
  const deciding = node.op === 'or'
  const operands: Node[] = []
  for (const arg of node.args) {
    if (arg.op === 'literal' && arg.value === deciding) return arg
    if (arg.op !== 'literal' || arg.value === undefined) operands.push(arg)
  }
  if (operands.length === 0) return literal('bool', !deciding)
  if (operands.every(operand => operand.op === 'literal')) return literal('bool', undefined)
  return join(node.op, operands)
}

function compute(node: Node): Node {
  const value = composeNode(node)({}, {}, [])
  if (node.type === 'json') return literal('json', isStorableJson(value) ? value : undefined)
  return literal(node.type, typeof value === 'string' && !isStorable(value) ? undefined : value)
}

/** False when the operand is present, else unknown. */
const neverEqual = (operand: Node): Node => not(compare('==', operand, operand))

function jsonLiteralEquals(value: unknown, scalar: Node): Node {
  const type = ({ string: 'string', number: 'double', boolean: 'bool' } as const)[typeof value as 'string']
  if (type !== scalar.type) return neverEqual(scalar)
  // Computes unknown for numbers out of range.
  const json = compute(make({ op: 'convert', type, args: [literal('json', value)] }))
  return foldOperator(compare('==', scalar, json))
}

function foldAmong(node: Node): Node {
  const [needle, ...items] = node.args as readonly [Node, ...Node[]]
  if (items.length === 0) {
    // No item can match, whatever is on the left: false even when that is absent.
    return literal('bool', false)
  }
  if (needle.op === 'literal' && needle.value === undefined) return literal('bool', undefined)
  if (items.every(item => item.op === 'literal')) {
    const unique = [...new Map(items.map(item => [item.op === 'literal' ? item.value : item, item])).values()]
    if (unique.length === 1) return foldOperator(compare('==', needle, unique[0] as Node))
    const narrowed = narrowAmong(needle, unique)
    if (narrowed) return narrowed
    if (unique.length < items.length) return make({ op: 'among', type: 'bool', args: [needle, ...unique] })
  }
  return node
}

/** An integer column against a double that is a whole number: compare as integers, so that an index on it serves. */
function narrow(node: Node & { op: 'compare' }): Node {
  const [left, right] = node.args
  const [l, r] = [narrowOperand(left), narrowOperand(right)]
  const integer = l?.op === 'literal' ? undefined : (l ?? r)
  const other = integer === l ? right : left
  if (integer && node.comparison === '==' && other.op === 'literal' && isFraction(other.value)) {
    return neverEqual(integer)
  }
  if (l === undefined || r === undefined || (left.op === 'literal') === (right.op === 'literal')) return node
  return compare(node.comparison, l, r)
}

function narrowAmong(needle: Node, items: readonly Node[]): Node | undefined {
  const operand = needle.op === 'convert' ? narrowOperand(needle) : undefined
  const narrowed = items.map(item => (isPresent(item) ? narrowOperand(item) : literal('int', undefined)))
  if (!operand || !narrowed.every(item => item !== undefined)) return undefined
  return make({ op: 'among', type: 'bool', args: [operand, ...narrowed] })
}

/** Doubles below 2^53 denote exactly one integer, and the conversion of integers is monotone. */
function narrowOperand(node: Node): Node | undefined {
  if (node.op === 'convert' && node.type === 'double' && node.args[0].type === 'int') return node.args[0]
  if (node.op !== 'literal' || node.type !== 'double' || !Number.isSafeInteger(node.value)) return undefined
  return literal('int', (node.value as number) + 0)
}

function unroll(node: Node & { op: 'quantifier' }): Node {
  const [list, body] = node.args
  if (list.op !== 'literal') return node
  if (list.value === undefined || !Array.isArray(list.value)) return literal('bool', undefined)
  const items: readonly unknown[] = list.value
  if (items.length * body.size > UNROLL_NODES) return node
  const type = isList(list.type) ? elementOf(list.type) : 'json'
  const bodies = items.map(item => fold(substitute(body, node.variable, literal(type, item ?? undefined))))
  const joined = join(node.every ? 'and' : 'or', [literal('bool', node.every), ...bodies])
  return joined.op === 'or'
    ? foldJunction(gatherEqual(joined))
    : joined.op === 'and'
      ? foldJunction(joined)
      : joined
}

function substitute(node: Node, variable: string, value: Node): Node {
  if (node.op === 'variable') return node.name === variable ? value : node
  return node.free.includes(variable) ? withArgs(node, arg => substitute(arg, variable, value)) : node
}

/** `x == 1 || x == 2` to `x in [1, 2]`. */
function gatherEqual(node: Node & { op: 'and' | 'or' }): Node & { op: 'or' } {
  const groups = new Map<string, { needle: Node; items: Node[] }>()
  const rest: Node[] = []
  for (const arg of node.args) {
    if (arg.op === 'compare' && arg.comparison === '==' && arg.args[1].op === 'literal') {
      const key = nodeKey(arg.args[0])
      const group = groups.get(key) ?? { needle: arg.args[0], items: [] }
      group.items.push(arg.args[1])
      groups.set(key, group)
    } else {
      rest.push(arg)
    }
  }
  const sets = [...groups.values()].map(({ needle, items }) =>
    foldAmong(make({ op: 'among', type: 'bool', args: [needle, ...items] } as NodeShape)),
  )
  return make({ op: 'or', type: 'bool', args: [...sets, ...rest] }) as Node & { op: 'or' }
}

const isFraction = (value: unknown) => Number.isFinite(value) && !Number.isInteger(value)
