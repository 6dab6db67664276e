import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strayInSql } from './sql-expression.ts'

test('one expression is left alone, whatever stands between quotes', () => {
  for (const text of [
    'age::int',
    `("price" * 100)::bigint`,
    `coalesce(nullif(a, ''), 'it''s -- no; comment /* at all')`,
    `"odd ""name); --" + 1`,
    `(array['a', 'b'])[1]`,
  ])
    assert.equal(strayInSql(text), undefined, text)
})

test('what would be more than one expression is named with its place', () => {
  const found = (text: string) => {
    const { start, end } = strayInSql(text) ?? {}
    return start === undefined ? undefined : text.slice(start, end)
  }
  assert.equal(found(`1) is null); drop table x; --`), ')')
  assert.equal(found('1; select 2'), ';')
  assert.equal(found('age -- + 1'), '--')
  assert.equal(found('age /* */'), '/*')
  assert.equal(found('(age'), '(')
  assert.equal(found('(age]'), ']')
  assert.equal(found(`E'\\'; '`), `E'`)
  assert.equal(found(`U&"d\\0061t"`), '&"')
  assert.equal(found('$$ ) $$'), '$')
  assert.equal(found(`'never`), `'never`)
  assert.equal(strayInSql('  ')?.message, 'an expression is needed')
})
