import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renameInExpression } from './rename-in-expression.ts'

const renames = new Map([
  ['title', 'name'],
  ['list', 'board'],
])
const cases: readonly [before: string, after: string][] = [
  ['doc.title == next.title', 'doc.name == next.name'],
  ['doc.title.startsWith("title") && has(doc.title)', 'doc.name.startsWith("title") && has(doc.name)'],
  ['auth.title == doc.data.title', 'auth.title == doc.data.title'],
  ['doc.tags.exists(title, title == doc.title)', 'doc.tags.exists(title, title == doc.name)'],
  ['db.lists.exists(l, l.title == doc.list)', 'db.lists.exists(l, l.title == doc.board)'],
  [
    "doc.other in [doc.title, '😀'] ? !doc.list : -doc.size < 1",
    "doc.other in [doc.name, '😀'] ? !doc.board : -doc.size < 1",
  ],
  ['doc . title  ==  "x"', 'doc . name  ==  "x"'],
]
for (const [before, after] of cases) {
  test(`${before} becomes ${after}`, () => assert.equal(renameInExpression(before, renames), after))
}
