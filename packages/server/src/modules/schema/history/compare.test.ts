import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MigrationOperation } from '@cloudbox/protocol/schema'
import { migration } from '../testing/migration-server.ts'
import { findConflicts } from './find-conflicts.ts'
import { hashMigration } from './hash-migration.ts'
import { conflictOf } from './touches.ts'

const text = { type: 'text' } as const
const add = (field: string, collection = 'todos'): MigrationOperation => ({
  do: 'add-field',
  collection,
  field,
  definition: text,
})
const policy = (policy: string): MigrationOperation => ({
  do: 'change-policy',
  collection: 'todos',
  operation: 'list',
  policy,
})
const drop = (field: string): MigrationOperation => ({ do: 'drop-field', collection: 'todos', field })

const pairs: readonly [a: MigrationOperation, b: MigrationOperation, about: string | undefined][] = [
  [add('one'), add('two'), undefined],
  [add('one'), add('one'), 'todos.one'],
  [add('one'), add('one', 'lists'), undefined],
  [add('one'), { do: 'rename-field', collection: 'todos', field: 'x', to: 'one' }, 'todos.one'],
  [add('one'), { do: 'drop-collection', collection: 'todos' }, 'todos.one'],
  [add('one'), { do: 'order-fields', collection: 'todos', fields: [] }, 'todos.one'],
  [drop('owner'), policy('auth.uid == doc.owner'), 'todos.owner'],
  [drop('title'), policy('auth.uid == doc.owner'), undefined],
  [
    drop('owner'),
    { do: 'add-index', collection: 'todos', definition: { fields: ['-owner'] } },
    'todos.owner',
  ],
  [{ do: 'drop-collection', collection: 'lists' }, policy('db.lists.exists(l, true)'), 'lists'],
  [
    { do: 'rename-collection', collection: 'lists', to: 'boxes' },
    {
      do: 'add-field',
      collection: 'todos',
      field: 'list',
      definition: { type: 'relation', to: 'lists' },
    },
    'lists',
  ],
  [add('one', 'lists'), policy('db.lists.exists(l, l.two == 1)'), undefined],
  [add('one'), { do: 'sql', up: 'update Todos set two = 1' }, 'todos'],
  [add('one'), { do: 'sql', up: 'update lists set two = 1' }, undefined],
  [{ do: 'sql', up: 'select 1' }, { do: 'sql', up: 'select 2' }, 'what SQL may do'],
]

for (const [a, b, about] of pairs)
  test(`${JSON.stringify(a)} and ${JSON.stringify(b)} meet in ${about ?? 'nothing'}`, () => {
    const [one, other] = [migration('a', [], a), migration('b', [], b)]
    assert.equal(conflictOf(one, other), about)
    assert.equal(conflictOf(other, one) === undefined, about === undefined)
  })

test('only branches can conflict, and not once they are joined', () => {
  const [a, b] = [migration('a', ['s'], add('one')), migration('b', ['s'], add('one'))]
  const start = migration('s', [])
  assert.deepEqual(findConflicts([start, a, b]), [{ names: ['a', 'b'], about: 'todos.one' }])
  assert.deepEqual(findConflicts([start, a, { ...b, parents: ['a'] }]), [])
  assert.deepEqual(findConflicts([start, a, b, migration('j', ['a', 'b'])]), [])
})

test('the hash is that of what a migration does, whatever its name and the order of keys', () => {
  const one = migration('a', ['x', 'y'], add('one'))
  const same = migration('b', ['y', 'x'], {
    definition: { type: 'text' },
    field: 'one',
    collection: 'todos',
    do: 'add-field',
  })
  assert.equal(hashMigration(one), hashMigration(same))
  const others = [
    migration('a', ['x'], add('one')),
    migration('a', ['x', 'y'], add('two')),
    migration('a', ['x', 'y'], add('one'), add('two')),
  ]
  const fields = (...names: string[]) =>
    migration('a', [], {
      do: 'create-collection',
      definition: { name: 'todos', fields: Object.fromEntries(names.map(name => [name, text])) },
    })
  const hashes = [one, ...others, fields('a', 'b'), fields('b', 'a')].map(hashMigration)
  assert.equal(new Set(hashes).size, hashes.length)
})
