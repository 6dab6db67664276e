import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellText, columnsOf } from './watch-query.ts'

test('columns that say something come first', () => {
  const rows = [
    { id: '1', createdAt: 'x', updatedAt: 'x', title: 'a' },
    { id: '2', createdAt: 'x', updatedAt: 'x', title: 'b', done: true },
  ]
  assert.deepEqual(columnsOf(rows), ['id', 'title', 'done', 'createdAt', 'updatedAt'])
  assert.deepEqual(columnsOf(rows, 2), ['id', 'title'])
})

test('cells are text', () => {
  assert.deepEqual([null, 3, false, { a: [1] }].map(cellText), ['', '3', 'false', '{"a":[1]}'])
})
