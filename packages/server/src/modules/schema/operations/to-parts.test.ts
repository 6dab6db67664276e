import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { MigrationOperation } from '@cloudbox/protocol/schema'
import { planStructure, toStructure } from '../../data/module.ts'
import { arbitraryStructure } from '../../data/testing/arbitrary-structure.ts'
import type { Problem } from '../../../kernel/problem.ts'
import { toOperations } from './to-operations.ts'
import { toParts } from './to-parts.ts'

const todos: CollectionDefinition = {
  name: 'todos',
  fields: { title: { type: 'text' }, size: { type: 'text' } },
  indexes: [{ fields: ['size'] }],
  policies: { list: 'doc.title == auth.uid' },
}
const start = toStructure([todos])

function read(...operations: MigrationOperation[]) {
  return toParts(start, { name: 'm', parents: [], operations })
}

test('the operations of a plan say the same as the plan, in one part', () => {
  fc.assert(
    fc.property(arbitraryStructure, arbitraryStructure, (before, wanted) => {
      const steps = planStructure(before, wanted)
      const operations = toOperations(toStructure(before), steps)
      // As they come back from a file.
      const written = JSON.parse(JSON.stringify(operations)) as MigrationOperation[]
      const { parts, structure } = toParts(toStructure(before), {
        name: 'm',
        parents: [],
        operations: written,
      })
      assert.deepEqual([...structure.keys()].toSorted(), wanted.map(({ name }) => name).toSorted())
      assert.deepEqual(planStructure([...structure.values()], wanted), [])
      assert.ok(parts.length <= 1)
      assert.deepEqual(
        parts.flatMap(part => (part.kind === 'plan' ? part.steps.map(({ sentence }) => sentence) : [])),
        steps.map(({ sentence }) => sentence),
      )
    }),
  )
})

test('renames are told by operations as well', () => {
  const wanted: CollectionDefinition = {
    name: 'tasks',
    fields: { name: { type: 'text' }, size: { type: 'integer' } },
    indexes: [{ fields: ['size'] }],
    policies: { list: 'doc.name == auth.uid' },
  }
  const renames = { collections: { todos: 'tasks' }, fields: { tasks: { title: 'name' } } }
  const steps = planStructure([todos], [wanted], renames)
  const operations = toOperations(start, steps)
  assert.deepEqual(
    operations.map(operation => operation.do),
    ['rename-collection', 'rename-field', 'change-field'],
  )
  const { parts, structure } = read(...operations)
  assert.deepEqual(planStructure([...structure.values()], [wanted]), [])
  assert.deepEqual(parts.length, 1)
})

test('SQL stands alone, and a name that gets another meaning begins a part', () => {
  const text = { type: 'text' } as const
  const { parts, structure } = read(
    { do: 'add-field', collection: 'todos', field: 'note', definition: text, before: 'size' },
    { do: 'sql', up: 'update todos set note = title' },
    { do: 'drop-field', collection: 'todos', field: 'title' },
    { do: 'add-field', collection: 'todos', field: 'title', definition: { type: 'integer' } },
    { do: 'drop-collection', collection: 'todos' },
    { do: 'create-collection', definition: { name: 'todos', fields: {} } },
  )
  assert.deepEqual(
    parts.map(part => (part.kind === 'plan' ? part.operations : part.up)),
    [[0], 'update todos set note = title', [2], [3], [4], [5]],
  )
  assert.deepEqual([...structure.values()], [{ name: 'todos', fields: {} }])
})

test('a name in other letters is the same name: the way back has to free it first', () => {
  const { parts } = read(
    { do: 'rename-field', collection: 'todos', field: 'title', to: 'name' },
    { do: 'add-field', collection: 'todos', field: 'Title', definition: { type: 'text' } },
  )
  assert.deepEqual(
    parts.map(part => (part.kind === 'plan' ? part.operations : part.up)),
    [[0], [1]],
  )
})

test('what changes nothing is no step', () => {
  const { parts } = read(
    { do: 'set-flexible', collection: 'todos', flexible: false },
    { do: 'change-policy', collection: 'todos', operation: 'get', policy: null },
    { do: 'change-field', collection: 'todos', field: 'size', definition: { type: 'text', required: false } },
    { do: 'order-fields', collection: 'todos', fields: ['title', 'size'] },
  )
  assert.deepEqual(parts, [])
})

const text = { type: 'text' } as const
const wrong: readonly [MigrationOperation, at: string, message: RegExp, hint: RegExp][] = [
  [{ do: 'drop-collection', collection: 'todo' }, '/collection', /no collection todo/, /todos/],
  [
    { do: 'drop-field', collection: 'todos', field: 'titel' },
    '/field',
    /todos has no field titel/,
    /Did you mean title/,
  ],
  [
    { do: 'change-field', collection: 'todos', field: 'x', definition: text },
    '/field',
    /no field x/,
    /title, size/,
  ],
  [
    { do: 'add-field', collection: 'todos', field: 'size', definition: text },
    '/field',
    /a field size already/,
    /drop it first/,
  ],
  [
    { do: 'add-field', collection: 'todos', field: 'a', definition: text, before: 'sizes' },
    '/before',
    /no field sizes/,
    /size/,
  ],
  [
    { do: 'rename-field', collection: 'todos', field: 'size', to: 'title' },
    '/to',
    /a field title already/,
    /first/,
  ],
  [
    { do: 'create-collection', definition: { name: 'todos', fields: {} } },
    '/definition/name',
    /a collection todos already/,
    /another name/,
  ],
  [{ do: 'order-fields', collection: 'todos', fields: ['size'] }, '/fields', /are title, size/, /once/],
  [
    { do: 'add-index', collection: 'todos', definition: { fields: ['size'] } },
    '/definition',
    /an index size.index already/,
    /another name/,
  ],
  [{ do: 'drop-index', collection: 'todos', index: 'size.idx' }, '/index', /no index size.idx/, /size.index/],
]

for (const [operation, at, message, hint] of wrong)
  test(`an operation without its place is told with what to do: ${operation.do} ${at}`, () => {
    assert.throws(
      () => read({ do: 'set-flexible', collection: 'todos', flexible: true }, operation),
      (problem: Problem) => {
        assert.equal(problem.code, 'schema/invalid-migration')
        assert.equal(problem.errors![0]!.at, `/migrations/m/operations/1${at}`)
        assert.match(problem.errors![0]!.message, message)
        assert.match(problem.hint!, hint)
        return true
      },
    )
  })
