import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConditions } from './read-condition.ts'

const read = (filter: string) =>
  readConditions(filter, 'd').map(condition =>
    condition.map(({ column, comparison }) => `${column} ${comparison}`).join(' or '),
  )

test('conditions of a filter, as Postgres writes it', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['(d.country = $1)', ['country equal']],
    ['(country = $1)', ['country equal']],
    ["(d.country = 'N) AND (L'::text)", ['country equal']],
    ['((d.country = ANY ($1)) AND (d.population > $2))', ['country equal', 'population range']],
    ['(($1 = d.owner) AND ($2 <= d."dueOn"))', ['owner equal', 'dueOn range']],
    ['((d.country = $1) OR (d.name = $2))', ['country equal or name equal']],
    ['(((d.a = $1) OR ($2 = d.b)) AND (d.c < $3))', ['a equal or b equal', 'c range']],
    ['(d.name ~~* $1)', ['name pattern']],
    ['(d.tags @> $1)', ['tags contains']],
    ['((d.kind)::text = $1)', ['kind equal']],
    ['d.done', ['done equal']],
    ['(NOT d.done)', []],
    ['starts_with(d.name, $1)', []],
    ['(d.a = d.b)', []],
    ['($1 @> d.tags)', []],
    ['((d.a = $1) OR starts_with(d.name, $2))', []],
    ['((d.a + 1) = $1)', []],
    ['((other.a = $1) AND (d.a = $2))', ['a equal']],
    ['(d.a = other.b)', ['a equal']],
    ['(d."odd""name" = $1)', ['odd"name equal']],
    ['(d.a IS NULL)', []],
    ['(d.a = true)', ['a equal']],
    ["((d.a = '((') AND (d.b = $1))", ['a equal', 'b equal']],
  ]
  for (const [filter, expected] of cases) assert.deepEqual(read(filter), expected, filter)
})
