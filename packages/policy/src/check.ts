import type { Ast, AstNode } from './ast.ts'
import { CelError, mistakeAt, type CelMistake } from './cel-error.ts'
import { checkCall, checkMethod } from './check-calls.ts'
import { isInvalid, type Context, type Scope } from './check-context.ts'
import { checkField, checkIndex, checkName, checkValue } from './check-names.ts'
import { checkBinary, checkConditional, checkUnary } from './check-operators.ts'
import type { Checked } from './checked.ts'
import { convert } from './convert.ts'
import { fold } from './fold.ts'
import { literal, make, walk, type Node, type Type } from './ir.ts'
import { limits } from './limits.ts'
import { parse } from './parse.ts'
import { simplifyTrue } from './simplify.ts'

/**
 * Types an expression against the names and tables it may use.
 *
 * @throws CelError with every mistake found, each with its place and, where we know one, a hint.
 */
export function check(source: string | Ast, scope: Scope): Checked {
  const ast = typeof source === 'string' ? parse(source) : source
  const mistakes: CelMistake[] = []
  const warnings: CelMistake[] = []
  const publicReasons: string[] = []
  let names = 0
  let lookups = 0
  const context: Context = {
    scope,
    variables: new Map(),
    check: checkNode,
    fail(message, range, hint) {
      mistakes.push(mistakeAt(ast.text, message, range, hint))
      return literal('invalid', undefined)
    },
    warn: (message, range, hint) => void warnings.push(mistakeAt(ast.text, message, range, hint)),
    sources: new WeakMap(),
    uniqueName: name => `${name}:${++names}`,
    publicReasons,
    countLookup: () => ++lookups,
  }

  const typed = checkNode(ast.root, context)
  const node = isInvalid(typed) ? typed : expectType(typed, ast.root, context)
  if (multiplications(node) > limits.multiplications) {
    context.fail(`more than ${limits.multiplications} multiplications inside each other`, ast.root)
  }
  const [first, ...others] = mistakes
  if (first) throw new CelError([first, ...others])

  let usesNow = false
  walk(node, inner => (usesNow ||= inner.op === 'parameter' && inner.path === 'now'))
  return {
    ast,
    node,
    type: node.type,
    doc: scope.doc,
    next: scope.next,
    publicReasons,
    isPublic: publicReasons.length > 0,
    isAlwaysTrue: isAlwaysTrue(node),
    usesNow,
    warnings,
  }
}

function checkNode(ast: AstNode, context: Context): Node {
  switch (ast.kind) {
    case 'value':
      return checkValue(ast, context)
    case 'name':
      return checkName(ast, context)
    case 'field':
      return checkField(ast, context)
    case 'index':
      return checkIndex(ast, context)
    case 'call':
      return checkCall(ast, context)
    case 'method':
      return checkMethod(ast, context)
    case 'unary':
      return checkUnary(ast, context)
    case 'binary':
      return checkBinary(ast, context)
    case 'conditional':
      return checkConditional(ast, context)
    case 'list':
      return context.fail("a literal list can only stand behind 'in'", ast)
  }
}

function expectType(node: Node, ast: AstNode, context: Context): Node {
  const expected: Type | 'any' = context.scope.expects ?? 'bool'
  if (expected === 'any') return node
  const converted = convert(node, expected, context)
  if (!converted || (expected === 'bool' && node.type === 'null')) {
    const hint =
      expected === 'bool' ? 'an expression here is a condition, as in doc.owner == auth.uid' : undefined
    return context.fail(`expected ${expected}, got ${node.type}`, ast, hint)
  }
  // Integers are unbounded while computing; a column is not.
  return expected === 'int' && converted.op !== 'column' && converted.op !== 'literal'
    ? make({ op: 'convert', type: 'int', args: [converted] })
    : converted
}

function multiplications(node: Node): number {
  const inner = Math.max(0, ...node.args.map(multiplications))
  return inner + (node.op === 'arithmetic' && node.type === 'int' && node.operator === '*' ? 1 : 0)
}

function isAlwaysTrue(node: Node): boolean {
  if (node.type !== 'bool') return false
  const anonymous = fold(node, leaf =>
    leaf.op === 'parameter' && leaf.path.startsWith('auth.') ? { value: undefined } : undefined,
  )
  const simple = simplifyTrue(anonymous)
  return simple.op === 'literal' && simple.value === true
}
