import type { AstNode } from './ast.ts'
import { isInvalid, type Context } from './check-context.ts'
import { literal, make, type Node, type Parameter, type Scalar, type Type } from './ir.ts'
import type { TableSchema } from './schema.ts'
import { suggest } from './suggest.ts'

type Field = AstNode & { kind: 'field' }

const REQUEST: Readonly<Record<string, [Parameter, Type]>> = {
  method: ['request.method', 'string'],
  operation: ['request.method', 'string'],
  ip: ['request.ip', 'string'],
  time: ['now', 'timestamp'],
}

const parameter = (path: Parameter, type: Type): Node => make({ op: 'parameter', type, args: [], path })

/** A name standing alone. */
export function checkName(ast: AstNode & { kind: 'name' }, context: Context): Node {
  const { scope, variables } = context
  const variable = variables.get(ast.name)
  if (variable?.kind === 'element') return variable.node
  if (ast.name === 'now' && scope.request !== false) return parameter('now', 'timestamp')
  const roots = rootsOf(context)
  if (variable || roots.includes(ast.name)) {
    return context.fail(`'${ast.name}' is not a value`, ast, `select a field: ${ast.name}.…`)
  }
  const fields = Object.keys(scope.doc?.fields ?? scope.next?.fields ?? {})
  const row = scope.doc ? 'doc' : 'next'
  const hint = fields.includes(ast.name) ? `write ${row}.${ast.name}` : suggest(ast.name, roots)
  return context.fail(`unknown name '${ast.name}'`, ast, hint)
}

function rootsOf({ scope, variables }: Context): string[] {
  const roots = [...variables.keys()]
  if (scope.doc) roots.push('doc')
  if (scope.next) roots.push('next')
  if (scope.auth !== false) roots.push('auth')
  if (scope.request !== false) roots.push('request', 'now')
  if (scope.db) roots.push('db')
  return roots
}

/** `a.b` */
export function checkField(ast: Field, context: Context): Node {
  const { target, name } = ast
  if (target.kind === 'name') {
    const variable = context.variables.get(target.name)
    if (variable?.kind === 'row') {
      return column(ast, variable.table, target.name, context, (type, column) =>
        make({ op: 'member', type, args: [], variable: variable.id, column }),
      )
    }
    if (!variable && rootsOf(context).includes(target.name)) return checkRootField(ast, target.name, context)
    if (!variable && (target.name === 'doc' || target.name === 'next')) return unavailable(target, context)
  }
  return select(ast, context.check(target, context), name, context)
}

function unavailable(target: AstNode & { kind: 'name' }, context: Context): Node {
  const other = target.name === 'doc' ? 'next' : 'doc'
  const hint = context.scope[other]
    ? `use '${other}', the ${other === 'next' ? 'incoming' : 'stored'} row`
    : 'no row is available here'
  return context.fail(`'${target.name}' is not available here`, target, hint)
}

function checkRootField(ast: Field, root: string, context: Context): Node {
  const { name } = ast
  switch (root) {
    case 'doc':
    case 'next': {
      const table = context.scope[root] as TableSchema
      return column(ast, table, root, context, (type, column) =>
        make({ op: 'column', type, args: [], row: root, column }),
      )
    }
    case 'auth':
      if (name === 'uid' || name === 'role') return parameter(`auth.${name}`, 'string')
      if (name === 'claims') return parameter('auth.claims', 'json')
      return make({ op: 'select', type: 'json', args: [parameter('auth.claims', 'json')], key: name })
    case 'request': {
      const known = Object.hasOwn(REQUEST, name) ? REQUEST[name] : undefined
      if (known) return parameter(...known)
      if (name === 'auth')
        return context.fail("unknown field 'auth' in request", ast.nameRange, "use 'auth' itself")
      return context.fail(
        `unknown field '${name}' in request`,
        ast.nameRange,
        suggest(name, Object.keys(REQUEST)),
      )
    }
    case 'db':
      return context.fail(`'db.${name}' is a table, not a value`, ast, `write db.${name}.exists(row, …)`)
    default:
      return select(ast, context.check(ast.target, context), name, context)
  }
}

/** A field of a table, from its column or, in a flexible table, from its jsonb column. */
function column(
  ast: Field,
  table: TableSchema,
  root: string,
  context: Context,
  read: (type: Type, column: string) => Node,
): Node {
  const field = Object.hasOwn(table.fields, ast.name) ? table.fields[ast.name] : undefined
  if (field) return read(field.list ? (`list<${field.type as Scalar}>` as const) : field.type, field.column)
  if (table.flexible) {
    return make({ op: 'select', type: 'json', args: [read('json', table.flexible.column)], key: ast.name })
  }
  const hint = suggest(ast.name, Object.keys(table.fields))
  return context.fail(
    `unknown field '${ast.name}' in ${root === 'doc' || root === 'next' ? root : table.name}`,
    ast.nameRange,
    hint,
  )
}

/** A key of JSON. */
function select(ast: Field, target: Node, name: string, context: Context): Node {
  if (isInvalid(target)) return target
  if (target.type === 'json') return make({ op: 'select', type: 'json', args: [target], key: name })
  return context.fail(`no field '${name}' on ${target.type}`, ast.nameRange)
}

/** `a['b']` and `a[0]` */
export function checkIndex(ast: AstNode & { kind: 'index' }, context: Context): Node {
  const { index } = ast
  const key = index.kind === 'value' ? index.value : undefined
  if (ast.target.kind === 'name' && typeof key === 'string') {
    const { start, end } = ast
    return checkField({ kind: 'field', target: ast.target, name: key, nameRange: index, start, end }, context)
  }
  const target = context.check(ast.target, context)
  if (isInvalid(target)) return target
  if (target.type !== 'json') return context.fail(`cannot index ${target.type}`, ast)
  if (typeof key === 'string') return make({ op: 'select', type: 'json', args: [target], key })
  if (typeof key === 'bigint' && key >= 0n && key < 1_000_000n) {
    return make({ op: 'select', type: 'json', args: [target], key: Number(key) })
  }
  return context.fail('an index is a literal text or a literal number from 0', index)
}

/** A literal. */
export function checkValue(ast: AstNode & { kind: 'value' }, context: Context): Node {
  const { value, source } = ast
  if (value === null) return literal('null', undefined)
  if (typeof value === 'boolean') return literal('bool', value)
  if (typeof value === 'string') return literal('string', value)
  if (typeof value === 'bigint') {
    return literal('int', Number.isSafeInteger(Number(value)) ? Number(value) : value)
  }
  const node = literal('double', value)
  context.sources.set(node, source)
  return node
}
