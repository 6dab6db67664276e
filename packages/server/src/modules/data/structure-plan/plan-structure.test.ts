import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { Problem } from '../../../kernel/problem.ts'
import { arbitraryStructure } from '../testing/arbitrary-structure.ts'
import { foldStep, toStructure } from './fold-step.ts'
import { planStructure } from './plan-structure.ts'

const sentences = (...args: Parameters<typeof planStructure>) =>
  planStructure(...args).map(({ sentence, isDestructive }) => `${isDestructive ? '! ' : ''}${sentence}`)

test('whatever two structures are, the plan leads from one to the other, and no step is left to do', () => {
  fc.assert(
    fc.property(arbitraryStructure, arbitraryStructure, (before, wanted) => {
      const reached = planStructure(before, wanted).reduce(foldStep, toStructure(before))
      const goal = toStructure(wanted)
      assert.deepEqual(
        [...reached.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(text),
        [...goal.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(text),
      )
      assert.deepEqual(planStructure(wanted, wanted), [])
      assert.deepEqual(planStructure([...reached.values()], wanted), [])
    }),
    { numRuns: 500 },
  )
})

/** With the fields in their order, which equality of objects does not ask for. */
function text(definition: CollectionDefinition): unknown {
  return [Object.keys(definition.fields), definition]
}

test('steps say what they do, in an order in which each is possible', () => {
  const before: CollectionDefinition[] = [
    { name: 'lists', fields: { owner: { type: 'text' } } },
    {
      name: 'todos',
      fields: {
        title: { type: 'text' },
        old: { type: 'text' },
        list: { type: 'relation', to: 'lists' },
        size: { type: 'text' },
      },
      indexes: [{ fields: ['old'] }],
      policies: { list: 'doc.title == auth.uid' },
    },
  ]
  const wanted: CollectionDefinition[] = [
    { name: 'folders', fields: { parent: { type: 'relation', to: 'boxes' } } },
    { name: 'boxes', fields: { folder: { type: 'relation', to: 'folders', required: true } } },
    {
      name: 'todos',
      fields: {
        title: { type: 'text', required: true, max: 20 },
        done: { type: 'boolean', required: true, default: false },
        size: { type: 'integer' },
      },
      policies: { get: 'doc.title == auth.uid' },
    },
  ]
  assert.deepEqual(sentences(before, wanted), [
    'Create collection folders with no fields.',
    'Create collection boxes with folder.',
    'Add field parent (relation to boxes) to folders.',
    'Drop index old.index of todos.',
    '! Drop field old of todos; its values move to the trash.',
    '! Drop field list of todos; its values move to the trash.',
    'Add field done (required boolean) to todos.',
    'Change field title of todos: required unset becomes true and max unset becomes 20.',
    '! Change field size of todos: type text becomes integer; its old values move to the trash.',
    '! Drop collection lists; its documents move to the trash.',
    'Close list of todos to all but the secret key.',
    'Let a policy decide about get of todos.',
  ])
})

test('renames are told, for no comparison can find them', () => {
  const before: CollectionDefinition[] = [
    { name: 'notes', fields: { todo: { type: 'relation', to: 'todos' } } },
    {
      name: 'todos',
      fields: { title: { type: 'text' } },
      indexes: [{ fields: ['title'] }],
      policies: { list: 'doc.title == auth.uid' },
    },
  ]
  const wanted: CollectionDefinition[] = [
    { name: 'notes', fields: { todo: { type: 'relation', to: 'tasks' } } },
    {
      name: 'tasks',
      fields: { name: { type: 'text' } },
      indexes: [{ fields: ['name'] }],
      policies: { list: 'doc.name == auth.uid' },
    },
  ]
  const renames = { collections: { todos: 'tasks' }, fields: { tasks: { title: 'name' } } }
  assert.deepEqual(sentences(before, wanted, renames), [
    'Rename collection todos to tasks.',
    'Rename field title of tasks to name.',
  ])
  assert.equal(planStructure(before, wanted).filter(step => step.isDestructive).length, 1)
  for (const wrong of [
    { collections: { todos: 'notes' } },
    { collections: { nothing: 'tasks' } },
    { fields: { notes: { todo: 'done' } } },
  ]) {
    assert.throws(
      () => planStructure(before, wanted, wrong),
      (error: Problem) => error.code === 'data/invalid-plan',
    )
  }
})

test('what goes without saying is no difference, and a system collection that is not named stays', () => {
  const short: CollectionDefinition = { name: 'a', fields: { b: { type: 'text' } } }
  const long: CollectionDefinition = {
    name: 'a',
    flexible: false,
    fields: { b: { type: 'text', required: false, list: false } },
    indexes: [],
    policies: {},
  }
  assert.deepEqual(planStructure([short], [long]), [])
  const users: CollectionDefinition = { name: 'users', fields: { nick: { type: 'text' } } }
  assert.deepEqual(planStructure([users], []), [])
  assert.deepEqual(sentences([users], [{ name: 'users', fields: {} }]), [
    '! Drop field nick of users; its values move to the trash.',
  ])
})

test('an index goes before the field becomes what it cannot hold', () => {
  const indexes = [{ fields: ['size'] }]
  const before: CollectionDefinition = {
    name: 'todos',
    fields: { note: { type: 'text' }, size: { type: 'boolean', computed: 'doc.note != null' } },
    indexes,
  }
  const wanted: CollectionDefinition = {
    name: 'todos',
    fields: { note: { type: 'text' }, size: { type: 'json' } },
  }
  assert.deepEqual(
    planStructure([before], [wanted]).map(({ kind }) => kind),
    ['drop-index', 'change-field'],
  )
})

test('a field is not renamed to what an expression reads as an unknown field', () => {
  const ants = (field: string): CollectionDefinition => ({
    name: 'ants',
    flexible: true,
    fields: { [field]: { type: 'text' }, two: { type: 'boolean', computed: 'doc.three != null' } },
  })
  assert.throws(
    () => planStructure([ants('one')], [ants('three')], { fields: { ants: { one: 'three' } } }),
    /an expression reads three already/,
  )
  planStructure([ants('one')], [ants('four')], { fields: { ants: { one: 'four' } } })
})
