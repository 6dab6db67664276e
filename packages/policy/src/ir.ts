import type { ListTest } from './list-test.ts'
import type { TableSchema, ValueType } from './schema.ts'

export type Scalar = ValueType | 'duration'
/** The type of an expression. `null` is the literal; `invalid` marks a node whose mistake is already reported. */
export type Type = Scalar | `list<${Scalar}>` | 'null' | 'invalid'

export type Comparison = '==' | '<' | '<=' | '>' | '>='
export type Arithmetic = '+' | '-' | '*' | '/' | '%'
export type TextTest = 'startsWith' | 'endsWith' | 'contains'
export type TimePart = 'year' | 'month' | 'dayOfMonth' | 'dayOfWeek' | 'hours' | 'minutes' | 'seconds'

/** What an expression reads, as bits of {@link Facts.reads}. */
export const READS = { doc: 1, next: 2, lookup: 4, parameter: 8 } as const

interface Facts {
  readonly type: Type
  /** Bits of {@link READS}. */
  readonly reads: number
  /** Variables of an enclosing quantifier or lookup. */
  readonly free: readonly string[]
  /** Nodes of the whole tree. Operands may be shared, so that walking it can take exponential time. */
  readonly size: number
}
type Unary = readonly [Node]
type Pair = readonly [Node, Node]

/**
 * The typed form of an expression, which all backends share. Comparisons, `in` and arithmetic have operands of one
 * type; `!=` is the negation of `==`, which is the same in three-valued logic.
 */
export type Node = Facts &
  (
    | { op: 'literal'; args: readonly []; value: unknown }
    | { op: 'column'; args: readonly []; row: 'doc' | 'next'; column: string }
    | { op: 'member'; args: readonly []; variable: string; column: string }
    | { op: 'variable'; args: readonly []; name: string }
    | { op: 'parameter'; args: readonly []; path: Parameter }
    | { op: 'select'; args: Unary; key: string | number }
    | { op: 'and' | 'or'; args: readonly Node[] }
    | { op: 'not'; args: Unary }
    | { op: 'compare'; args: Pair; comparison: Comparison }
    | { op: 'json-equals'; args: Pair }
    | { op: 'among'; args: readonly [Node, ...Node[]] }
    | { op: 'in-list'; args: Pair }
    | { op: 'has'; args: Unary }
    | { op: 'text-test'; args: Pair; test: TextTest }
    | { op: 'matches'; args: Unary; pattern: string }
    | { op: 'like'; args: Unary; pattern: string; ignoreCase: boolean }
    | { op: 'list-test'; args: Pair; test: ListTest }
    | { op: 'quantifier'; args: Pair; every: boolean; variable: string }
    | { op: 'lookup'; args: Unary; table: TableSchema; variable: string }
    | { op: 'in-set'; args: readonly Node[]; set: number }
    | { op: 'conditional'; args: readonly [Node, Node, Node] }
    | { op: 'or-else'; args: Pair }
    | { op: 'convert'; args: Unary }
    | { op: 'arithmetic'; args: Pair; operator: Arithmetic }
    | { op: 'concat'; args: Pair }
    | { op: 'lower'; args: Unary }
    | { op: 'size'; args: Unary }
    | { op: 'time-part'; args: Unary; part: TimePart }
  )

/** What binding fills in. `auth.<x>` other than `uid` and `role` is a selection from `auth.claims`. */
export type Parameter = 'auth.uid' | 'auth.role' | 'auth.claims' | 'request.method' | 'request.ip' | 'now'

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
/** A node before its facts are known. */
export type NodeShape = DistributiveOmit<Node, 'reads' | 'free' | 'size'>

const OWN_READS: Readonly<Record<string, number>> = {
  member: READS.lookup,
  lookup: READS.lookup,
  'in-set': READS.lookup,
  parameter: READS.parameter,
}
const NONE: readonly string[] = []

/** Completes a node, in place, with the facts that follow from its operands. */
export function make(shape: NodeShape): Node {
  let reads = shape.op === 'column' ? READS[shape.row] : (OWN_READS[shape.op] ?? 0)
  let free = shape.op === 'variable' ? [shape.name] : shape.op === 'member' ? [shape.variable] : NONE
  let size = 1
  for (const arg of shape.args) {
    size += arg.size
    reads |= arg.reads
    if (arg.free.length > 0) free = free.length === 0 ? arg.free : [...new Set([...free, ...arg.free])]
  }
  if (shape.op === 'quantifier' || shape.op === 'lookup') free = free.filter(name => name !== shape.variable)
  return Object.assign(shape, { reads, free, size }) as Node
}

export const literal = (type: Type, value: unknown): Node => make({ op: 'literal', type, args: [], value })
export const not = (node: Node): Node => make({ op: 'not', type: 'bool', args: [node] })

/** Conjunction or disjunction of any number of operands, flattened. */
export function join(op: 'and' | 'or', operands: readonly Node[]): Node {
  const args = operands.flatMap(operand => (operand.op === op ? operand.args : [operand]))
  return args.length === 1 ? (args[0] as Node) : make({ op, type: 'bool', args })
}

export const compare = (comparison: Comparison, left: Node, right: Node): Node =>
  make({ op: 'compare', type: 'bool', comparison, args: [left, right] })

/** The same node over other operands; the node itself when none changed. */
export function withArgs(node: Node, map: (arg: Node) => Node): Node {
  let isChanged = false
  const args = node.args.map(arg => {
    const mapped = map(arg)
    isChanged ||= mapped !== arg
    return mapped
  })
  return isChanged ? make({ ...node, args } as NodeShape) : node
}

/** Calls `visit` for the node and everything below it. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const arg of node.args) walk(arg, visit)
}

export const isList = (type: Type): type is `list<${Scalar}>` => type.startsWith('list<')
export const elementOf = (type: `list<${Scalar}>`): Scalar => type.slice(5, -1) as Scalar
/** A literal that is present. */
export const isPresent = (node: Node): node is Node & { op: 'literal' } =>
  node.op === 'literal' && node.value !== undefined
/** True when nothing has to be known to compute the node. */
export const isConstant = (node: Node): boolean => node.reads === 0 && node.free.length === 0
