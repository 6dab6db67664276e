import type { AstNode, BinaryOperator } from './ast.ts'
import { isInvalid, type Context } from './check-context.ts'
import { convert, unify } from './convert.ts'
import { fold } from './fold.ts'
import { limits } from './limits.ts'
import { compare, elementOf, isList, join, literal, make, not, type Node, type Type } from './ir.ts'

const ORDERED = new Set<Type>(['int', 'double', 'decimal', 'string', 'timestamp', 'duration', 'uuid', 'date'])
const NUMERIC = new Set<Type>(['int', 'double'])

type Binary = AstNode & { kind: 'binary' }

/** Types a binary operator. */
export function checkBinary(ast: Binary, context: Context): Node {
  const { operator } = ast
  if (operator === '&&' || operator === '||') {
    const args = [ast.left, ast.right].map(side => checkBool(side, context))
    return isInvalid(...args)
      ? (args.find(arg => isInvalid(arg)) as Node)
      : join(operator === '&&' ? 'and' : 'or', args)
  }
  if (operator === '==' || operator === '!=') return checkEquality(ast, context)
  if (operator === 'in') return checkIn(ast, context)
  const left = context.check(ast.left, context)
  const right = context.check(ast.right, context)
  if (isInvalid(left, right)) return literal('invalid', undefined)
  if (operator === '<' || operator === '<=' || operator === '>' || operator === '>=') {
    return checkOrder(ast, operator, left, right, context)
  }
  return checkArithmetic(ast, operator, left, right, context)
}

/** A sub-expression that has to be a condition. */
export function checkBool(ast: AstNode, context: Context): Node {
  const node = context.check(ast, context)
  if (isInvalid(node)) return node
  const hint = node.type === 'string' ? `compare it, as in … == 'value'` : undefined
  return node.type === 'null'
    ? context.fail('expected a condition, got null', ast)
    : (convert(node, 'bool', context) ?? context.fail(`expected a condition, got ${node.type}`, ast, hint))
}

/** `!x` and `-x`. */
export function checkUnary(ast: AstNode & { kind: 'unary' }, context: Context): Node {
  if (ast.operator === '!') {
    const operand = checkBool(ast.operand, context)
    return isInvalid(operand) ? operand : not(operand)
  }
  const operand = context.check(ast.operand, context)
  if (isInvalid(operand)) return operand
  if (operand.type !== 'int' && operand.type !== 'double')
    return context.fail(`cannot negate ${operand.type}`, ast)
  const zero = literal(operand.type, 0)
  return fold(make({ op: 'arithmetic', type: operand.type, operator: '-', args: [zero, operand] }))
}

/** `condition ? a : b` */
export function checkConditional(ast: AstNode & { kind: 'conditional' }, context: Context): Node {
  const condition = checkBool(ast.condition, context)
  const whenTrue = context.check(ast.whenTrue, context)
  const whenFalse = context.check(ast.whenFalse, context)
  if (isInvalid(condition, whenTrue, whenFalse)) return literal('invalid', undefined)
  const branches = sameType(whenTrue, whenFalse, context)
  if (!branches) return context.fail(`branches differ: ${whenTrue.type} and ${whenFalse.type}`, ast)
  return make({ op: 'conditional', type: branches[0].type, args: [condition, ...branches] })
}

/** Two values of which one is chosen; null takes the type of the other. */
export function sameType(a: Node, b: Node, context: Context): [Node, Node] | undefined {
  if (a.type === b.type) return a.type === 'null' ? undefined : [a, b]
  const asB = convert(a, b.type, context)
  if (asB) return [asB, b]
  const asA = convert(b, a.type, context)
  return asA && [a, asA]
}

function checkEquality(ast: Binary, context: Context): Node {
  const isEqual = ast.operator === '=='
  const signedIn = isName(ast.left, 'auth') && isNull(ast.right)
  // `auth != null` is how Firestore rules ask whether somebody is signed in.
  const left = signedIn ? context.check(uidOf(ast.left), context) : context.check(ast.left, context)
  const right = context.check(ast.right, context)
  if (isInvalid(left, right)) return literal('invalid', undefined)
  if (left.type === 'null' || right.type === 'null') {
    const operand = left.type === 'null' ? right : left
    if (operand.type === 'null') return literal('bool', isEqual)
    const has = make({ op: 'has', type: 'bool', args: [operand] })
    return isEqual ? not(has) : has
  }
  const result = equals(left, right, context)
  if (!result) return incomparable(ast, left, right, context)
  if (!isEqual && left.op === 'column' && left.row === 'doc' && right.op === 'literal') {
    context.warn('rows without this field do not match', ast, 'write orElse(field, …) != … to include them')
  }
  return isEqual ? result : not(result)
}

const isName = (ast: AstNode, name: string) => ast.kind === 'name' && ast.name === name
const isNull = (ast: AstNode) => ast.kind === 'value' && ast.value === null
const uidOf = (auth: AstNode): AstNode => ({
  kind: 'field',
  target: auth,
  name: 'uid',
  nameRange: auth,
  start: auth.start,
  end: auth.end,
})

/** Equality of two typed operands; undefined when they cannot be compared. */
export function equals(left: Node, right: Node, context: Context): Node | undefined {
  if (isList(left.type) || isList(right.type) || left.type === 'geopoint' || right.type === 'geopoint')
    return undefined
  if ((left.type === 'json') !== (right.type === 'json')) {
    const [json, other] = left.type === 'json' ? [left, right] : [right, left]
    const scalar = other.type === 'int' ? convert(other, 'double', context) : other
    if (scalar && ['double', 'string', 'bool'].includes(scalar.type)) {
      return make({ op: 'json-equals', type: 'bool', args: [json, scalar] })
    }
  }
  const pair = unify(left, right, context)
  return pair && compare('==', ...pair)
}

function incomparable(ast: Binary, left: Node, right: Node, context: Context): Node {
  const [a, b] = [left.type, right.type]
  let hint: string | undefined
  if (isList(a) || isList(b)) hint = "use 'in', exists() or all()"
  else if (a === 'json' && b === 'json') hint = 'convert one side: string(…), double(…) or bool(…)'
  else if (a === 'timestamp' || b === 'timestamp') hint = "write timestamp('2026-01-31T00:00:00Z')"
  else if (a === 'date' || b === 'date') hint = "write date('2026-01-31')"
  else if (a === 'geopoint' || b === 'geopoint') hint = 'a geopoint can only be tested with has() and == null'
  return context.fail(`cannot compare ${a} with ${b}`, ast, hint)
}

function checkOrder(
  ast: Binary,
  comparison: '<' | '<=' | '>' | '>=',
  left: Node,
  right: Node,
  context: Context,
): Node {
  if (left.type === 'null' || right.type === 'null') {
    return context.fail('null has no order', ast, 'ask for presence with has(…)')
  }
  let [l, r] = [left, right]
  // JSON compares as a number with numbers, else as what stands on the other side.
  if (l.type === 'json' && r.type === 'int') r = convert(r, 'double', context) ?? r
  if (r.type === 'json' && l.type === 'int') l = convert(l, 'double', context) ?? l
  const pair = unify(l, r, context)
  if (!pair) return incomparable(ast, left, right, context)
  if (!ORDERED.has(pair[0].type)) return context.fail(`${pair[0].type} has no order`, ast)
  return compare(comparison, ...pair)
}

function checkIn(ast: Binary, context: Context): Node {
  const needle = context.check(ast.left, context)
  if (ast.right.kind === 'list') return checkInLiteral(needle, ast.right, context)
  const list = context.check(ast.right, context)
  if (isInvalid(needle, list)) return literal('invalid', undefined)
  if (!isList(list.type) && list.type !== 'json') {
    return context.fail(`'in' needs a list, got ${list.type}`, ast.right)
  }
  const type = isList(list.type) ? elementOf(list.type) : 'json'
  const name = context.uniqueName('item')
  const element = make({ op: 'variable', type, args: [], name })
  if (needle.type === 'null') return context.fail('null is in no list', ast.left)
  const body = equals(needle, element, context)
  if (!body) return context.fail(`cannot look for ${needle.type} in ${list.type}`, ast)
  if (body.op === 'compare' && body.args.includes(element)) {
    const converted = body.args[0] === element ? body.args[1] : body.args[0]
    return make({ op: 'in-list', type: 'bool', args: [converted, list] })
  }
  return make({ op: 'quantifier', type: 'bool', every: false, variable: name, args: [list, body] })
}

function checkInLiteral(needle: Node, list: AstNode & { kind: 'list' }, context: Context): Node {
  if (list.items.length === 0) return context.fail('empty list', list)
  const items = list.items.map(item => context.check(item, context))
  if (isInvalid(needle, ...items)) return literal('invalid', undefined)
  if (needle.size * items.length > limits.typedNodes)
    return context.fail('list too long for such an expression', list)
  const tests: Node[] = []
  for (const [index, item] of items.entries()) {
    const place = list.items[index] ?? list
    if (item.type === 'null') return context.fail('null in a list', place, 'ask for absence with == null')
    const test = equals(needle, item, context)
    if (!test) return context.fail(`cannot compare ${needle.type} with ${item.type}`, place)
    tests.push(test)
  }
  const needles = new Set(tests.map(test => (test.op === 'compare' ? test.args[0] : undefined)))
  const [common] = needles
  if (needles.size > 1 || !common) return join('or', tests)
  return make({ op: 'among', type: 'bool', args: [common, ...tests.map(test => test.args[1] as Node)] })
}

function checkArithmetic(
  ast: Binary,
  operator: BinaryOperator,
  left: Node,
  right: Node,
  context: Context,
): Node {
  const [a, b] = [left.type, right.type]
  if (a === 'timestamp' && b === 'duration' && (operator === '+' || operator === '-')) {
    return make({ op: 'arithmetic', type: 'timestamp', operator, args: [left, right] })
  }
  if (a === 'timestamp' && b === 'timestamp' && operator === '-') {
    return make({ op: 'arithmetic', type: 'duration', operator, args: [left, right] })
  }
  if (operator === '+' && (a === 'string' || b === 'string')) {
    const l = convert(left, 'string', context)
    const r = convert(right, 'string', context)
    if (l && r && a !== 'null' && b !== 'null') return make({ op: 'concat', type: 'string', args: [l, r] })
    return context.fail(`cannot add ${a} and ${b}`, ast, 'convert with string(…)')
  }
  const l = a === 'json' ? convert(left, 'double', context) : left
  const r = b === 'json' ? convert(right, 'double', context) : right
  if (!l || !r || !NUMERIC.has(l.type) || !NUMERIC.has(r.type)) {
    return context.fail(`operator ${operator} is not defined for ${a} and ${b}`, ast)
  }
  const type = l.type === 'int' && r.type === 'int' ? 'int' : 'double'
  if (operator === '%' && type === 'double') return context.fail('% needs integers', ast)
  const args = [convert(l, type, context) ?? l, convert(r, type, context) ?? r] as const
  return make({ op: 'arithmetic', type, operator: operator as '+', args })
}
