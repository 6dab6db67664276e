import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { requiredCircle } from './required-circle.ts'

function collection(name: string, ...relations: [field: string, to: string, required: boolean][]) {
  const fields = relations.map(([field, to, required]) => [field, { type: 'relation', to, required }])
  return { name, fields: Object.fromEntries(fields) } as CollectionDefinition
}

test('a circle of required relations is found, by its places', () => {
  const found = requiredCircle([
    collection('lists', ['box', 'boxes', true]),
    collection('boxes', ['owner', 'users', false], ['folder', 'folders', true]),
    collection('folders', ['parent', 'folders', true], ['box', 'boxes', true]),
  ])
  assert.deepEqual(found, ['boxes.folder', 'folders.box'])
})

test('one that can begin somewhere is none', () => {
  const isNone = (...definitions: CollectionDefinition[]) =>
    assert.equal(requiredCircle(definitions), undefined)
  isNone(collection('folders', ['parent', 'folders', true]))
  isNone(collection('a', ['b', 'b', true]), collection('b', ['a', 'a', false]))
  isNone(collection('a', ['b', 'b', true], ['c', 'c', true]), collection('b', ['c', 'c', true]))
})
