import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AstNode } from './ast.ts'
import { CelError } from './cel-error.ts'
import { parse } from './parse.ts'

/** The tree as an S-expression. */
function show(node: AstNode): string {
  switch (node.kind) {
    case 'value':
      return typeof node.value === 'string'
        ? JSON.stringify(node.value)
        : typeof node.value === 'bigint'
          ? `${node.value}`
          : `${node.value}${Number.isInteger(node.value) ? '.0' : ''}`
    case 'name':
      return node.name
    case 'field':
      return `${show(node.target)}.${node.name}`
    case 'index':
      return `${show(node.target)}[${show(node.index)}]`
    case 'call':
      return `${node.name}(${node.args.map(show).join(' ')})`
    case 'method':
      return `${show(node.target)}.${node.name}(${node.args.map(show).join(' ')})`
    case 'unary':
      return `(${node.operator} ${show(node.operand)})`
    case 'binary':
      return `(${node.operator} ${show(node.left)} ${show(node.right)})`
    case 'conditional':
      return `(? ${[node.condition, node.whenTrue, node.whenFalse].map(show).join(' ')})`
    case 'list':
      return `[${node.items.map(show).join(' ')}]`
  }
}

const accepted: [string, string][] = [
  ['a && b || c && d', '(|| (&& a b) (&& c d))'],
  ['a || b && c || d', '(|| (|| a (&& b c)) d)'],
  ['a == b && c != d', '(&& (== a b) (!= c d))'],
  ['a + b * c - d', '(- (+ a (* b c)) d)'],
  ['a - b - c', '(- (- a b) c)'],
  ['(a - (b - c))', '(- a (- b c))'],
  ['a < b + 1', '(< a (+ b 1))'],
  ['!a.b', '(! a.b)'],
  ['!!a', '(! (! a))'],
  ['- a', '(- a)'],
  ['-1', '-1'],
  ['- 1', '(- 1)'],
  ['1-1', '(- 1 1)'],
  ['a -1', '(- a 1)'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['0x1F', '31'],
  ['1.5e3', '1500.0'],
  ['.5', '0.5'],
  ['a ? b : c ? d : e', '(? a b (? c d e))'],
  ['a in [1, 2,]', '(in a [1 2])'],
  ['a.b.c[0]["k"].d', 'a.b.c[0]["k"].d'],
  ['a.exists(x, x == 1)', 'a.exists(x (== x 1))'],
  ['a.`strange-name`', 'a.strange-name'],
  ['size(a) // a comment\n > 1', '(> size(a) 1)'],
  [`'it''s'`.slice(0, 4), '"it"'],
  [`"\\n\\x41\\u00e9\\U0001F600\\101\\""`, JSON.stringify('\nAé\u{1F600}A"')],
  [`r'\\d+'`, JSON.stringify('\\d+')],
  [`'''a\n'b'''`, JSON.stringify("a\n'b")],
  ['true != false', '(!= true false)'],
  ['null', 'null'],
]
for (const [text, expected] of accepted) {
  test(`parses ${JSON.stringify(text)}`, () => assert.equal(show(parse(text).root), expected))
}

const rejected: [text: string, message: string, start: number, end: number, hint?: string][] = [
  ['', 'unexpected end of expression', 0, 0],
  ['a &&', 'unexpected end of expression', 3, 4],
  ['a == = b', "unexpected character '='", 5, 6, "compare with '=='"],
  ['a & b', "unexpected character '&'", 2, 3, "write '&&'"],
  ['a and b', "unexpected 'and'", 2, 5, "write '&&'"],
  ['(a', "expected ')', got end of expression", 1, 2],
  ['f(a,)', "unexpected ')'", 4, 5],
  ['a.', 'expected a field name, got end of expression', 1, 2],
  ['a.1', "unexpected '.1'", 1, 3],
  ['{"a": 1}', "unexpected character '{'", 0, 1, 'maps are not part of the language'],
  ["'abc", 'unterminated string', 0, 4],
  ["'a\nb'", 'newline in string', 2, 3],
  ["'\\q'", "unknown escape '\\q'", 1, 3, 'a backslash itself is written \\\\'],
  ["'\\ud800'", 'no such character', 1, 7],
  ["'\\x00'", 'string with a NUL or a lone surrogate', 0, 6],
  ['9223372036854775808', 'integer out of range', 0, 19],
  ['1e999', 'number out of range', 0, 5],
  ['12abc', 'malformed number', 0, 3],
  ['a.while', "'while' is a reserved word", 2, 7, 'write `while` in backquotes'],
  ['for', "'for' is a reserved word", 0, 3],
  // Places count code points: the face is one.
  ["'\u{1F600}' = a", "unexpected character '='", 4, 5, "compare with '=='"],
]
for (const [text, message, start, end, hint] of rejected) {
  test(`rejects ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parse(text),
      (error: CelError) => {
        assert.ok(error instanceof CelError)
        const { message: got, start: from, end: to, hint: help } = error
        assert.deepEqual([got, from, to, help], [message, start, end, hint])
        return true
      },
    )
  })
}

const message = (text: string) => {
  try {
    parse(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

test('limits what an expression may cost', () => {
  assert.equal(message(`${'('.repeat(31)}a${')'.repeat(31)}`), undefined)
  assert.equal(message(`${'('.repeat(32)}a${')'.repeat(32)}`), 'expression nested deeper than 32')
  assert.equal(message('!'.repeat(100)), 'expression nested deeper than 32')
  assert.equal(message(Array(250).fill('a').join('+')), undefined)
  assert.equal(message(Array(260).fill('a').join('+')), 'expression larger than 500 nodes')
  assert.equal(message(`a in [${Array(1_000).fill('1')}]`), undefined)
  assert.equal(message(`a in [${Array(1_001).fill('1')}]`), 'list longer than 1000 items')
  assert.equal(message(' '.repeat(20_001)), 'expression too long')
})

test('ranges cover their part of the text, brackets included', () => {
  const text = ' (a.b) + f(c)[0]'
  const { root } = parse(text)
  assert.ok(root.kind === 'binary')
  const source = (node: AstNode) => text.slice(node.start, node.end)
  assert.deepEqual(
    [source(root), source(root.left), source(root.right)],
    ['(a.b) + f(c)[0]', '(a.b)', 'f(c)[0]'],
  )
})
