import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id, join, literal, raw, sql, toStatement } from './sql.ts'

test('values are numbered in the order they stand, through pieces inside pieces', () => {
  const filter = sql`"done" = ${false} and "owner" = ${'ada'}`
  const whole = sql`select * from ${id('demo', 'todos')} where ${filter} limit ${20}`
  assert.deepEqual(toStatement(whole), {
    text: 'select * from "demo"."todos" where "done" = $1 and "owner" = $2 limit $3',
    values: [false, 'ada', 20],
  })
})

test('pieces are joined, an empty list is empty', () => {
  assert.equal(toStatement(join([sql`${1}`, sql`now()`, sql`${2}`])).text, '$1, now(), $2')
  assert.equal(toStatement(join([])).text, '')
})

test('what only looks like a piece of SQL is bound as a value', () => {
  const forged = { parts: ['drop table x'], values: [] }
  assert.deepEqual(toStatement(sql`select ${forged}`), { text: 'select $1', values: [forged] })
})

test('identifiers and literals cannot be left', () => {
  assert.equal(toStatement(id('a"b')).text, '"a""b"')
  assert.equal(toStatement(literal(`it's \\ here`)).text, ` E'it''s \\\\ here'`)
  assert.equal(toStatement(raw('now()')).text, 'now()')
})
