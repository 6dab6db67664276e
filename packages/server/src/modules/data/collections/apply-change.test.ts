import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionChange, CollectionDefinition } from '@cloudbox/protocol/collection'
import { Problem } from '../../../kernel/problem.ts'
import { applyChange } from './apply-change.ts'

const todos: CollectionDefinition = {
  name: 'todos',
  fields: {
    title: { type: 'text' },
    size: { type: 'integer' },
    parent: { type: 'relation', to: 'todos' },
    tags: { type: 'text', list: true },
  },
  indexes: [{ fields: ['-title', 'size'], where: 'doc.title != ""' }],
  policies: { list: 'doc.title == auth.uid', get: 'doc.size > 1' },
}

test('only what is named changes', () => {
  const { definition } = applyChange(todos, {
    fields: { size: null, done: { type: 'boolean' } },
    policies: { get: null },
  })
  assert.deepEqual(Object.keys(definition.fields), ['title', 'parent', 'tags', 'done'])
  assert.deepEqual(definition.policies, { list: 'doc.title == auth.uid' })
  assert.deepEqual(definition.indexes, todos.indexes)
  assert.equal(definition.flexible, false)
})

test('a new name is followed by relations, indexes and expressions, and fields keep their place', () => {
  const { definition, renames } = applyChange(todos, { name: 'tasks', rename: { title: 'name' } })
  assert.deepEqual(Object.keys(definition.fields), ['name', 'size', 'parent', 'tags'])
  assert.equal(definition.fields['parent']!.to, 'tasks')
  assert.deepEqual(definition.indexes, [{ fields: ['-name', 'size'], where: 'doc.name != ""' }])
  assert.equal(definition.policies!.list, 'doc.name == auth.uid')
  assert.deepEqual([...renames], [['title', 'name']])
})

const refused: readonly [change: CollectionChange, mistakes: string[]][] = [
  [{ rename: { titel: 'name' } }, ['/rename/titel']],
  [{ rename: { title: 'size' } }, ['/rename/title']],
  [{ rename: { title: 'x', size: 'x' } }, ['/rename/title', '/rename/size']],
  [{ fields: { titel: null } }, ['/fields/titel']],
  [{ fields: { size: { type: 'boolean' } } }, ['/fields/size/type']],
  [{ fields: { tags: { type: 'text' } } }, ['/fields/tags/type']],
  [{ fields: { title: { type: 'text', computed: '"a"' } } }, ['/fields/title/computed']],
]
for (const [change, mistakes] of refused) {
  test(`${JSON.stringify(change)} is refused`, () => {
    assert.throws(
      () => applyChange(todos, change),
      (error: unknown) => {
        assert.ok(error instanceof Problem)
        assert.equal(error.code, 'data/invalid-collection')
        assert.deepEqual(
          error.errors!.map(({ at }) => at),
          mistakes,
        )
        return true
      },
    )
  })
}
