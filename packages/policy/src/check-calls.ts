import type { AstNode } from './ast.ts'
import { isInvalid, type Context, type Variable } from './check-context.ts'
import { checkBool, sameType } from './check-operators.ts'
import { convert } from './convert.ts'
import { parseDecimal } from './decimal.ts'
import { fold } from './fold.ts'
import { elementOf, isList, literal, make, type Node, type TimePart, type Type } from './ir.ts'
import { limits } from './limits.ts'
import { refuseLike } from './like.ts'
import { parseRegex } from './regex.ts'
import { suggest } from './suggest.ts'
import { parseDate, parseDuration, parseTimestamp } from './time.ts'

type Call = AstNode & { kind: 'call' }
type Method = AstNode & { kind: 'method' }

const TIME_PARTS: Readonly<Record<string, TimePart>> = {
  getFullYear: 'year',
  getMonth: 'month',
  getDayOfMonth: 'dayOfMonth',
  getDayOfWeek: 'dayOfWeek',
  getHours: 'hours',
  getMinutes: 'minutes',
  getSeconds: 'seconds',
}
const LITERALS: Readonly<Record<string, { type: Type; parse: (text: string) => unknown; example: string }>> =
  {
    timestamp: { type: 'timestamp', parse: parseTimestamp, example: '2026-01-31T12:00:00Z' },
    date: { type: 'date', parse: parseDate, example: '2026-01-31' },
    duration: { type: 'duration', parse: parseDuration, example: '1h30m' },
    decimal: { type: 'decimal', parse: parseDecimal, example: '9.99' },
  }
const FUNCTIONS = [
  'has',
  'size',
  'string',
  'int',
  'double',
  'bool',
  'decimal',
  'timestamp',
  'date',
  'duration',
  'orElse',
  'public',
]
const METHODS = [
  'startsWith',
  'endsWith',
  'contains',
  'matches',
  'like',
  'ilike',
  'lowerAscii',
  'size',
  'exists',
  'all',
  ...Object.keys(TIME_PARTS),
]
const FOREIGN: Readonly<Record<string, string>> = {
  toLowerCase: 'use lowerAscii()',
  lower: 'use lowerAscii()',
  length: 'use size()',
  includes: "use contains(), or 'in' for lists",
  some: 'use exists(item, …)',
  any: 'use exists(item, …)',
  every: 'use all(item, …)',
  hasAny: 'use exists(item, item in …)',
  coalesce: 'use orElse(value, fallback)',
  get: 'use db.<table>.exists(row, …)',
}

/** `f(x)` */
export function checkCall(ast: Call, context: Context): Node {
  const { name, args } = ast
  if (name === 'has') return checkHas(ast, context)
  if (name === 'public') return checkPublic(ast, context)
  const nodes = args.map(arg => context.check(arg, context))
  const [first, second] = nodes
  if (isInvalid(...nodes)) return literal('invalid', undefined)
  if (first && nodes.length === 1) {
    const made = checkConversion(ast, first, context)
    if (made) return made
    if (name === 'size') return checkSize(ast, first, context)
  }
  if (name === 'orElse' && first && second && nodes.length === 2) {
    const pair = sameType(first, second, context)
    if (!pair) return context.fail(`orElse of ${first.type} and ${second.type}`, ast)
    return make({ op: 'or-else', type: pair[0].type, args: pair })
  }
  const hint = FUNCTIONS.includes(name) ? undefined : (FOREIGN[name] ?? suggest(name, FUNCTIONS))
  return context.fail(
    `unknown function ${name}(${nodes.map(node => node.type).join(', ')})`,
    ast.nameRange,
    hint,
  )
}

function checkHas(ast: Call, context: Context): Node {
  const [target] = ast.args
  if (ast.args.length !== 1 || (target?.kind !== 'field' && target?.kind !== 'index')) {
    return context.fail('has() needs one field, as in has(doc.title)', ast)
  }
  const node = context.check(target, context)
  return isInvalid(node) ? node : make({ op: 'has', type: 'bool', args: [node] })
}

function checkPublic(ast: Call, context: Context): Node {
  const [reason] = ast.args
  if (
    ast.args.length !== 1 ||
    reason?.kind !== 'value' ||
    typeof reason.value !== 'string' ||
    !reason.value.trim()
  ) {
    return context.fail('public() needs a reason', ast, 'public("everybody may read the catalogue")')
  }
  context.publicReasons.push(reason.value)
  return literal('bool', true)
}

function checkConversion(ast: Call, node: Node, context: Context): Node | undefined {
  const { name } = ast
  const form = Object.hasOwn(LITERALS, name) ? LITERALS[name] : undefined
  if (form && node.op === 'literal' && node.type === 'string') {
    const value = form.parse(node.value as string)
    return value === undefined
      ? context.fail(`malformed ${name}`, ast.args[0] ?? ast, `write ${name}('${form.example}')`)
      : literal(form.type, value)
  }
  const to = (type: Type) => fold(make({ op: 'convert', type, args: [node] }))
  if (name === 'date' && node.type === 'timestamp') return to('date')
  if (name === 'string' && (node.type === 'uuid' || node.type === 'int')) return to('string')
  if (name === 'decimal' && (node.type === 'int' || node.type === 'double'))
    return convert(node, 'decimal', context)
  if (name === 'double' && (node.type === 'int' || node.type === 'double'))
    return convert(node, 'double', context)
  if (name === 'string' && node.type === 'string') return node
  // Absent where the text spells no such value.
  if (['int', 'double', 'bool'].includes(name) && node.type === 'string') return to(name as Type)
  if (name === 'int' && node.type === 'double') return to('int')
  if (name === 'int' && node.type === 'int') return node
  if (['string', 'double', 'bool'].includes(name) && node.type === 'json') return to(name as Type)
  return undefined
}

function checkSize(ast: AstNode, node: Node, context: Context): Node {
  if (node.type !== 'string' && node.type !== 'json' && !isList(node.type)) {
    return context.fail(`${node.type} has no size`, ast)
  }
  return make({ op: 'size', type: 'int', args: [node] })
}

/** `x.f(y)` */
export function checkMethod(ast: Method, context: Context): Node {
  const { name, target, args } = ast
  if (
    name === 'exists' &&
    target.kind === 'field' &&
    target.target.kind === 'name' &&
    target.target.name === 'db'
  ) {
    if (!context.variables.has('db')) return checkLookup(ast, target, context)
  }
  if (name === 'exists' || name === 'all') return checkQuantifier(ast, context)
  const receiver = context.check(target, context)
  const nodes = args.map(arg => context.check(arg, context))
  if (isInvalid(receiver, ...nodes)) return literal('invalid', undefined)
  const [first] = nodes
  if (name === 'size' && nodes.length === 0) return checkSize(ast, receiver, context)
  const text = convert(receiver, 'string', context)
  if (text && receiver.type !== 'null') {
    const part = first && nodes.length === 1 ? convert(first, 'string', context) : undefined
    if (
      part &&
      first?.type !== 'null' &&
      (name === 'startsWith' || name === 'endsWith' || name === 'contains')
    ) {
      return make({ op: 'text-test', type: 'bool', test: name, args: [text, part] })
    }
    if (name === 'matches' && args.length === 1) return checkMatches(text, args[0] as AstNode, context)
    if ((name === 'like' || name === 'ilike') && args.length === 1)
      return checkLike(text, args[0] as AstNode, name === 'ilike', context)
    if (name === 'lowerAscii' && args.length === 0) return make({ op: 'lower', type: 'string', args: [text] })
  }
  const part = Object.hasOwn(TIME_PARTS, name) ? TIME_PARTS[name] : undefined
  if (part && receiver.type === 'timestamp' && args.length === 0) {
    return make({ op: 'time-part', type: 'int', part, args: [receiver] })
  }
  const signature = `${receiver.type}.${name}(${nodes.map(node => node.type).join(', ')})`
  const hint = METHODS.includes(name) ? undefined : (FOREIGN[name] ?? suggest(name, METHODS))
  return context.fail(`unknown method ${signature}`, ast.nameRange, hint)
}

function checkMatches(text: Node, argument: AstNode, context: Context): Node {
  if (argument.kind !== 'value' || typeof argument.value !== 'string') {
    return context.fail('matches() needs a literal pattern', argument)
  }
  const pattern = parseRegex(argument.value)
  if ('mistake' in pattern) return context.fail(`pattern: ${pattern.mistake}`, argument)
  return make({ op: 'matches', type: 'bool', pattern: argument.value, args: [text] })
}

function checkLike(text: Node, argument: AstNode, ignoreCase: boolean, context: Context): Node {
  if (argument.kind !== 'value' || typeof argument.value !== 'string') {
    return context.fail(
      `${ignoreCase ? 'ilike' : 'like'}() needs a literal pattern`,
      argument,
      "doc.title.like('milk%')",
    )
  }
  const mistake = refuseLike(argument.value)
  if (mistake) return context.fail(`pattern: ${mistake}`, argument)
  return make({ op: 'like', type: 'bool', pattern: argument.value, ignoreCase, args: [text] })
}

function checkQuantifier(ast: Method, context: Context): Node {
  const [name, body] = ast.args
  const list = context.check(ast.target, context)
  if (isInvalid(list)) return list
  if (ast.args.length !== 2 || name?.kind !== 'name' || !body) {
    return context.fail(`${ast.name}() needs a name and a condition`, ast, `….${ast.name}(item, item == 'x')`)
  }
  if (!isList(list.type) && list.type !== 'json') {
    return context.fail(`${ast.name}() needs a list, got ${list.type}`, ast.target)
  }
  const variable = context.uniqueName(name.name)
  const type = isList(list.type) ? elementOf(list.type) : 'json'
  const element: Variable = {
    kind: 'element',
    node: make({ op: 'variable', type, args: [], name: variable }),
  }
  const condition = checkBool(body, withVariable(context, name.name, element))
  if (isInvalid(condition)) return condition
  return make({
    op: 'quantifier',
    type: 'bool',
    every: ast.name === 'all',
    variable,
    args: [list, condition],
  })
}

function checkLookup(ast: Method, target: AstNode & { kind: 'field' }, context: Context): Node {
  const [name, body] = ast.args
  const tables = context.scope.db ?? {}
  const table = Object.hasOwn(tables, target.name) ? tables[target.name] : undefined
  if (!table) {
    return context.fail(
      `unknown table '${target.name}'`,
      target.nameRange,
      suggest(target.name, Object.keys(tables)),
    )
  }
  if (ast.args.length !== 2 || name?.kind !== 'name' || !body) {
    return context.fail(
      'exists() needs a name and a condition',
      ast,
      `db.${target.name}.exists(row, row.id == doc.id)`,
    )
  }
  if ([...context.variables.values()].some(variable => variable.kind === 'row')) {
    return context.fail('lookups cannot be nested', ast)
  }
  if ([...context.variables.values()].some(variable => variable.kind === 'element')) {
    return context.fail('a lookup cannot stand inside exists() or all()', ast)
  }
  if (context.countLookup() > limits.lookups) return context.fail(`more than ${limits.lookups} lookups`, ast)
  const id = context.uniqueName(name.name)
  const condition = checkBool(body, withVariable(context, name.name, { kind: 'row', id, table }))
  if (isInvalid(condition)) return condition
  return make({ op: 'lookup', type: 'bool', table, variable: id, args: [condition] })
}

function withVariable(context: Context, name: string, variable: Variable): Context {
  return { ...context, variables: new Map([...context.variables, [name, variable]]) }
}
