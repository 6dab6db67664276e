import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { migrationName, migrationText } from './migration-text.ts'
import { relationMap } from './relation-map.ts'
import { addField, changeField, dropField, renameCollection, setIndexes } from './schema-change.ts'

const people: CollectionDefinition = {
  name: 'people',
  fields: { name: { type: 'text' }, age: { type: 'text' }, boss: { type: 'relation', to: 'people' } },
}
const todos: CollectionDefinition = {
  name: 'todos',
  fields: { title: { type: 'text' }, by: { type: 'relation', to: 'people' } },
}
const all = [people, todos]

test('a field is changed where it stands, and a new name is told', () => {
  const { collections, renames, using } = changeField(
    all,
    { collection: 'people', field: 'age', to: 'years' },
    { type: 'integer' },
    ' int(doc.age) ',
  )
  assert.deepEqual(Object.keys(collections[0]!.fields), ['name', 'years', 'boss'])
  assert.deepEqual(renames, { fields: { people: { age: 'years' } } })
  assert.deepEqual(using, { 'people.years': { cel: 'int(doc.age)' } })
  const same = changeField(all, { collection: 'people', field: 'age', to: 'age' }, { type: 'integer' }, ' ')
  assert.equal(same.renames, undefined)
  assert.equal(same.using, undefined)
})

test('fields come and go, also those added to a collection of the platform', () => {
  assert.deepEqual(Object.keys(dropField(all, 'people', 'age').collections[0]!.fields), ['name', 'boss'])
  const { collections } = addField(all, 'users', 'nickname', { type: 'text' })
  assert.deepEqual(collections.at(-1), { name: 'users', fields: { nickname: { type: 'text' } } })
  assert.deepEqual(setIndexes(all, 'todos', [{ fields: ['title'] }]).collections[1]!.indexes, [
    { fields: ['title'] },
  ])
})

test('relations follow a renamed collection', () => {
  const { collections } = renameCollection(all, 'people', 'persons')
  assert.deepEqual(
    collections.map(({ name, fields }) => [name, fields.boss?.to ?? fields.by?.to]),
    [
      ['persons', 'persons'],
      ['todos', 'persons'],
    ],
  )
})

test('a migration is a module that says the same', async () => {
  const operations = [
    { do: 'change-field', collection: 'people', field: 'age', definition: { type: 'integer' } },
    { do: 'change-policy', collection: 'people', operation: 'list', policy: "doc.name == 'Ada\\n'" },
  ] as const
  const text = migrationText(['1_a'], operations, { 'people.age': { cel: 'int(doc.age)' } })
  const body = text.replace(/^import .*/, '').replace('export default', 'return')
  const read = new Function('migration', body)((one: unknown) => one)
  assert.deepEqual(read, {
    parents: ['1_a'],
    operations: [{ ...operations[0], using: { cel: 'int(doc.age)' } }, operations[1]],
  })
  assert.equal(
    migrationName('Rename people.age to years', new Date('2026-11-29T21:26:08Z')),
    '20261129212608_rename_people_age_to_years.ts',
  )
})

test('what is pointed to stands on the right; circles end', () => {
  const { nodes, edges, widthPx, heightPx } = relationMap([
    ...all,
    { name: 'a', fields: { b: { type: 'relation', to: 'b' }, gone: { type: 'relation', to: 'nowhere' } } },
    { name: 'b', fields: { a: { type: 'relation', to: 'a' } } },
  ])
  const xOf = (name: string) => nodes.find(node => node.name === name)!.x
  assert.ok(xOf('people') > xOf('todos'))
  assert.deepEqual(
    edges.map(({ from, field, to }) => `${from}.${field} → ${to}`),
    ['people.boss → people', 'todos.by → people', 'a.b → b', 'b.a → a'],
  )
  for (const node of nodes) assert.ok(node.x < widthPx && node.y + node.heightPx <= heightPx)
  assert.equal(relationMap([]).nodes.length, 0)
})
