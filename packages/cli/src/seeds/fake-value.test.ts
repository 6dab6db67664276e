import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { fakeValue } from './fake-value.ts'
import { randomOf } from './random.ts'
import { stableId } from './stable-id.ts'

const many = (name: string, field: FieldDefinition, seed = 'a') => {
  const random = randomOf(seed)
  return Array.from({ length: 300 }, (_, index) => fakeValue(name, field, { random, index }))
}

test('made-up values are the same in every run, and others for another seed', () => {
  assert.deepEqual(many('title', { type: 'text' }), many('title', { type: 'text' }))
  assert.notDeepEqual(many('title', { type: 'text' }), many('title', { type: 'text' }, 'b'))
  assert.equal(stableId('a', 'b'), stableId('a', 'b'))
  assert.notEqual(stableId('a', 'b'), stableId('ab'))
  assert.match(stableId('a'), /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
})

test('they keep within the bounds of their field', () => {
  for (const value of many('age', { type: 'integer', min: 3, max: 5 }))
    assert.ok([3, 4, 5].includes(value as number))
  for (const value of many('title', { type: 'text', min: 30, max: 40 }))
    assert.ok((value as string).length <= 40 && (value as string).length >= 29, String(value))
  for (const value of many('tags', { type: 'text', list: true, min: 1, max: 2 }))
    assert.ok((value as string[]).length >= 1 && (value as string[]).length <= 2)
  const options = ['a', 'b']
  for (const value of many('state', { type: 'select', options })) assert.ok(options.includes(value as string))
  for (const type of ['text', 'email', 'url', 'integer'] as const)
    assert.equal(
      new Set(many('code', { type, unique: true, ...(type === 'text' ? { max: 12 } : {}) })).size,
      300,
      type,
    )
  for (const value of many('id', { type: 'uuid' }))
    assert.match(value as string, /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  assert.throws(() => many('plate', { type: 'text', pattern: '[A-Z]{3}' }), /give plate yourself/)
})
