import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { definitionOf, draftOf } from './field-draft.ts'

const definitions: Readonly<Record<string, FieldDefinition>> = {
  text: { type: 'text', required: true, min: 1, max: 80, pattern: '[a-z]+', pii: 'name' },
  number: { type: 'integer', default: 3, unique: true },
  caller: { type: 'text', default: { cel: 'auth.uid' } },
  select: { type: 'select', list: true, options: ['a', 'b'], default: ['a'] },
  relation: { type: 'relation', to: 'people', onDelete: 'cascade' },
  computed: { type: 'text', computed: 'doc.a + doc.b' },
  flag: { type: 'boolean', default: false },
}
for (const [name, definition] of Object.entries(definitions))
  test(`a ${name} field comes out of its form as it went in`, () =>
    assert.deepEqual(definitionOf(draftOf(name, definition)), definition))

test('what does not go with another type is left out', () => {
  const draft = { ...draftOf('a', definitions.relation), type: 'json' as const, isList: true, min: '3' }
  assert.deepEqual(definitionOf(draft), { type: 'json' })
})

test('options are read by line and by comma, each once', () => {
  const draft = { ...draftOf('a'), type: 'select' as const, optionsText: 'x, y\nx\n\nz' }
  assert.deepEqual(definitionOf(draft).options, ['x', 'y', 'z'])
})
