import type { Ast, AstNode, BinaryOperator, Range } from './ast.ts'
import { CelError, mistakeAt } from './cel-error.ts'
import { limits } from './limits.ts'
import { tokenize, type Token } from './tokens.ts'

const PRECEDENCE: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  in: 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
}
/** Reserved by the CEL specification, so that our texts stay CEL. */
const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)
const WORD_HINTS: Readonly<Record<string, string>> = { and: "write '&&'", or: "write '||'", not: "write '!'" }
const INT_MAX = 2n ** 63n - 1n

/**
 * Parses CEL text into its syntax tree. The grammar is that of the CEL specification without maps, bytes and
 * unsigned integers.
 *
 * @throws CelError with the place of the first mistake.
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 */
export function parse(text: string): Ast {
  const failAt = (message: string, range: Range, hint?: string): never => {
    throw new CelError([mistakeAt(text, message, range, hint)])
  }
  if (text.length > limits.textLength) failAt('expression too long', { start: 0, end: text.length })
  const tokens = tokenize(text)
  let position = 0
  let nodes = 0
  let depth = 0

  const current = (): Token => tokens[position] as Token
  const previousEnd = () => tokens[position - 1]?.end ?? 0
  const isSymbol = (symbol: string) => {
    const token = current()
    return token.kind === 'symbol' && token.symbol === symbol
  }
  function take(symbol: string): boolean {
    if (!isSymbol(symbol)) return false
    position++
    return true
  }
  function expect(symbol: string): void {
    if (!take(symbol)) unexpected(`expected '${symbol}', got `)
  }
  function unexpected(prefix = 'unexpected '): never {
    const token = current()
    if (token.kind === 'end')
      return failAt(`${prefix}end of expression`, { start: Math.max(0, token.end - 1), end: token.end })
    const source = text.slice(token.start, token.end)
    return failAt(`${prefix}'${source}'`, token, WORD_HINTS[source])
  }
  function deeper<T>(read: () => T): T {
    if (++depth > limits.depth) failAt(`expression nested deeper than ${limits.depth}`, current())
    const result = read()
    depth--
    return result
  }
  function node<T extends AstNode>(made: T): T {
    if (++nodes > limits.nodes) failAt(`expression larger than ${limits.nodes} nodes`, made)
    return made
  }

  function expression(): AstNode {
    return deeper(() => {
      const condition = binary(1)
      if (!take('?')) return condition
      const whenTrue = binary(1)
      expect(':')
      const whenFalse = expression()
      const range = { start: condition.start, end: whenFalse.end }
      return node({ kind: 'conditional', condition, whenTrue, whenFalse, ...range })
    })
  }
  function binary(minimum: number): AstNode {
    let left = unary()
    for (;;) {
      const token = current()
      const precedence = token.kind === 'symbol' ? PRECEDENCE[token.symbol] : undefined
      if (token.kind !== 'symbol' || precedence === undefined || precedence < minimum) return left
      position++
      const right = binary(precedence + 1)
      const operator = token.symbol as BinaryOperator
      left = node({ kind: 'binary', operator, left, right, start: left.start, end: right.end })
    }
  }
  function unary(): AstNode {
    const token = current()
    if (token.kind !== 'symbol' || (token.symbol !== '!' && token.symbol !== '-')) return postfix()
    const operator = token.symbol
    position++
    const next = current()
    if (operator === '-' && next.kind === 'literal' && next.start === token.end) {
      if (typeof next.value === 'bigint' || typeof next.value === 'number') return postfix(token.start)
    }
    const operand = deeper(unary)
    return node({ kind: 'unary', operator, operand, start: token.start, end: operand.end })
  }
  function postfix(minusAt?: number): AstNode {
    let target = primary(minusAt)
    for (;;) {
      const { start } = target
      if (take('.')) {
        const token = current()
        if (token.kind !== 'name') return unexpected('expected a field name, got ')
        position++
        const nameRange = { start: token.start, end: token.end }
        if (!token.quoted && take('(')) {
          const args = list(')')
          target = node({
            kind: 'method',
            target,
            name: token.name,
            nameRange,
            args,
            start,
            end: previousEnd(),
          })
        } else {
          if (!token.quoted && RESERVED.has(token.name)) {
            failAt(`'${token.name}' is a reserved word`, token, `write \`${token.name}\` in backquotes`)
          }
          target = node({ kind: 'field', target, name: token.name, nameRange, start, end: token.end })
        }
      } else if (take('[')) {
        const index = expression()
        expect(']')
        target = node({ kind: 'index', target, index, start, end: previousEnd() })
      } else {
        return target
      }
    }
  }
  function primary(minusAt?: number): AstNode {
    const token = current()
    if (token.kind === 'literal') {
      position++
      return literal(token, minusAt)
    }
    if (take('(')) {
      const inner = expression()
      expect(')')
      return { ...inner, start: token.start, end: previousEnd() }
    }
    if (take('[')) {
      const items = list(']')
      if (items.length > limits.listItems) failAt(`list longer than ${limits.listItems} items`, token)
      return node({ kind: 'list', items, start: token.start, end: previousEnd() })
    }
    if (token.kind !== 'name' || token.quoted) return unexpected()
    if (RESERVED.has(token.name)) failAt(`'${token.name}' is a reserved word`, token)
    position++
    if (!take('(')) return node({ kind: 'name', name: token.name, start: token.start, end: token.end })
    const args = list(')')
    const nameRange = { start: token.start, end: token.end }
    return node({ kind: 'call', name: token.name, nameRange, args, start: token.start, end: previousEnd() })
  }
  function literal(token: Token & { kind: 'literal' }, minusAt?: number): AstNode {
    const start = minusAt ?? token.start
    let { value } = token
    if (minusAt !== undefined && (typeof value === 'bigint' || typeof value === 'number')) value = -value
    if (typeof value === 'bigint' && value > INT_MAX) failAt('integer out of range', token)
    // Not counted as a node: the items of a long list are data, not code.
    return { kind: 'value', value, source: text.slice(start, token.end), start, end: token.end }
  }
  /** The items up to the closing bracket, which is consumed. A literal list may end in a comma. */
  function list(close: string): AstNode[] {
    const items: AstNode[] = []
    while (!isSymbol(close)) {
      items.push(expression())
      if (!take(',')) break
      if (isSymbol(close) && close === ')') unexpected()
    }
    expect(close)
    return items
  }

  const root = expression()
  if (current().kind !== 'end') unexpected()
  return { text, root }
}
