import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addField,
  addIndex,
  changePolicy,
  dropCollection,
  sql,
  t,
  type WrittenOperation,
} from '@cloudbox/client/schema'
import { branchesOf, checkMigrations } from './check-migrations.ts'

const file = (name: string, parents: string[], ...operations: WrittenOperation[]) => ({
  name,
  parents,
  operations,
})
const told = (...files: ReturnType<typeof file>[]) =>
  checkMigrations(files).map(({ migration, part, message }) => `${migration}/${part.join('/')}: ${message}`)

test('a line of migrations and branches that do not meet are in order', () => {
  const files = [
    file('1', []),
    file('2a', ['1'], addField('todos', 'a', t.text()), sql({ up: 'x' })),
    file('2b', ['1'], addField('todos', 'b', t.text()), changePolicy('todos', 'list', null)),
  ]
  assert.deepEqual(told(...files), [])
  assert.deepEqual(branchesOf(files), ['2a', '2b'])
  assert.deepEqual(branchesOf([...files, file('3', ['2a', '2b'])]), [])
})

test('what does not fit together is told with its place', () => {
  const add = addField('todos', 'a', t.text())
  assert.deepEqual(told(file('1', ['0'])), [
    '1/parents/0: there is no migration 0, which it is to come after',
  ])
  assert.deepEqual(told(file('1', ['2']), file('2', ['1'])), [
    '1/parents: it comes after itself',
    '2/parents: it comes after itself',
  ])
  assert.deepEqual(told(file('1', [], add, addIndex('todos', { fields: ['a'] }, { online: true }))), [
    '1/operations/1: what is done online has to be the only operation of its migration',
  ])
  assert.deepEqual(told(file('a', [], add), file('b', [], sql({ up: 'x' }), add)), [
    'b/operations/1: a changes todos.a too, and neither comes first',
  ])
  assert.deepEqual(told(file('a', [], add), file('b', [], dropCollection('todos'))), [
    'b/operations/0: a changes todos.a too, and neither comes first',
  ])
  assert.deepEqual(told(file('a', [], add), file('b', [], add), file('c', ['a', 'b'])), [], 'joined')
})
