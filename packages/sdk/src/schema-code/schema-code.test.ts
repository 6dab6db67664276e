import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../client.ts'
import {
  addField,
  addIndex,
  changeField,
  changePolicy,
  createCollection,
  defineSchema,
  dropField,
  migration,
  orderFields,
  renameField,
  sql,
  t,
  type SchemaOf,
} from './schema-code.ts'

const schema = defineSchema({
  lists: { fields: { name: t.text({ required: true }) } },
  todos: {
    fields: {
      title: t.text({ required: true, max: 200 }),
      done: t.boolean({ required: true, default: false }),
      state: t.select(['open', 'closed'], { default: 'open' }),
      labels: t.select(['home', 'work'], { list: true }),
      price: t.decimal({ required: true, default: '0.00' }),
      meta: t.json<{ color: string }>({ required: true }),
      place: t.geopoint(),
      age: t.integer({ using: 'int(doc.age)' }),
      list: t.relation('lists', { required: true, onDelete: 'cascade' }),
      parent: t.relation('todos'),
      owner: t.relation('users', { default: { cel: 'auth.uid' } }),
      shout: t.text({ computed: "doc.title + '!'", required: true }),
    },
    indexes: [{ fields: ['owner', '-createdAt'] }, { fields: ['team', 'title'], unique: true }],
    policies: { list: 'doc.owner == auth.uid', update: 'true' },
    tenant: { field: 'team', is: 'auth.team' },
    search: ['title'],
  },
  notes: { fields: { text: t.text() }, flexible: true },
  users: { fields: { nickname: t.text() } },
})
type Schema = SchemaOf<typeof schema>

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <_Check extends true>() => {}

/** Never called: the compiler is the test, and every line marked as an error has to be one. */
function typesAreChecked() {
  is<
    Same<
      Schema['todos']['Row'],
      {
        id: string
        createdAt: string
        updatedAt: string
        title: string
        done: boolean
        state: 'open' | 'closed' | null
        labels: ('home' | 'work')[] | null
        price: string
        meta: { color: string }
        place: { lat: number; lng: number } | null
        age: number | null
        list: string
        parent: string | null
        owner: string | null
        shout: string
        team: string
      }
    >
  >()
  is<
    Same<
      Schema['todos']['Insert'],
      {
        title: string
        meta: { color: string }
        list: string
        done?: boolean
        state?: 'open' | 'closed' | null
        labels?: ('home' | 'work')[] | null
        price?: string | number
        place?: { lat: number; lng: number } | null
        age?: number | null
        parent?: string | null
        owner?: string | null
        team?: string
        id?: string
      }
    >
  >()
  is<Same<Schema['users']['Update']['nickname'], string | null | undefined>>()
  is<Same<Schema['users']['Row']['email'], string | null>>()

  const box = createClient<Schema>('http://localhost/app/dev', 'key')
  const todos = box.collection('todos')
  todos.insert({ title: 'x', meta: { color: 'red' }, list: '1' })
  todos.eq('state', 'open').in('list', ['1'])
  box.collection('notes').insert({ text: 'x', anything: 1 })
  // @ts-expect-error title is required
  todos.insert({ meta: { color: 'red' }, list: '1' })
  // @ts-expect-error computed fields are not written
  todos.insert({ title: 'x', meta: { color: 'red' }, list: '1', shout: 'X!' })
  // @ts-expect-error createdAt is kept by the server
  box.doc('todos', '1').update({ createdAt: 'now' })
  // @ts-expect-error not one of the values
  todos.eq('state', 'opne')
  // @ts-expect-error required fields are not cleared
  box.doc('todos', '1').update({ title: null })
  // @ts-expect-error unknown collection
  box.collection('todo')

  // @ts-expect-error unknown option, beside one there is
  t.text({ required: true, maxx: 3 })
  // @ts-expect-error a geopoint has no default
  t.geopoint({ default: { lat: 1, lng: 2 } })
  // @ts-expect-error the default is one of the values
  t.select(['a', 'b'], { default: 'c' })
  // @ts-expect-error a text is no number
  t.integer({ default: '3' })
  // @ts-expect-error unknown option of a relation
  t.relation('users', { onDelet: 'cascade' })
  defineSchema({
    // @ts-expect-error there is no collection usrs
    a: { fields: { owner: t.relation('usrs') } },
  })
  defineSchema({
    // @ts-expect-error there is no field nme
    a: { fields: { name: t.text() }, indexes: [{ fields: ['nme'] }] },
  })
  defineSchema({
    // @ts-expect-error there is no field titel
    a: { fields: { title: t.text() }, search: ['titel'] },
  })
  defineSchema({
    // @ts-expect-error unknown operation
    a: { fields: {}, policies: { read: 'true' } },
  })
  defineSchema({
    // @ts-expect-error unknown part of a collection
    a: { fields: {}, polices: {} },
  })
}

test('types are checked by the compiler', c => {
  c.diagnostic(typesAreChecked.name)
})

test('a schema is plain definitions', () => {
  const [lists, todos, notes, users] = schema.collections
  assert.deepEqual(lists, { name: 'lists', fields: { name: { type: 'text', required: true } } })
  assert.deepEqual(Object.keys(todos!.fields).at(-1), 'team')
  assert.deepEqual(todos!.fields['team'], { type: 'text', required: true, default: { cel: 'auth.team' } })
  assert.deepEqual(todos!.fields['state'], { type: 'select', options: ['open', 'closed'], default: 'open' })
  assert.deepEqual(todos!.fields['list'], {
    type: 'relation',
    to: 'lists',
    required: true,
    onDelete: 'cascade',
  })
  assert.deepEqual(todos!.fields['age'], { type: 'integer' })
  assert.deepEqual(schema.using, { 'todos.age': 'int(doc.age)' })
  assert.deepEqual(todos!.indexes, [
    { fields: ['owner', '-createdAt'] },
    { fields: ['team', 'title'], unique: true },
    { fields: ['title'], kind: 'trigram' },
  ])
  assert.deepEqual(todos!.policies, {
    list: '(doc.owner == auth.uid) && doc.team == auth.team',
    update: '(true) && doc.team == auth.team && next.team == auth.team',
  })
  assert.deepEqual(notes, { name: 'notes', flexible: true, fields: { text: { type: 'text' } } })
  assert.equal(users!.name, 'users')
})

test('a tenant brings an index where none begins with its field', () => {
  const { collections } = defineSchema({
    a: { fields: { team: t.uuid({ required: true }) }, tenant: { field: 'team', is: 'auth.team' } },
  })
  assert.deepEqual(collections[0], {
    name: 'a',
    fields: { team: { type: 'uuid', required: true } },
    indexes: [{ fields: ['team'] }],
  })
})

test('what plain JavaScript lets pass is refused with its place', () => {
  const define = defineSchema as (schema: unknown) => unknown
  const text = { type: 'text' }
  for (const [make, said] of [
    [() => t.text({ maxx: 3 } as object), /^maxx: t\.text takes required, .*pattern/],
    [() => t.text('name' as never), /^t\.text takes an object of options/],
    [() => t.select('a' as never), /^t\.select takes its values first/],
    [() => t.relation({} as never), /^t\.relation takes the collection it points to first/],
    [() => define({ a: { fields: {}, polices: {} } }), /^a\.polices: a collection takes fields, /],
    [() => define({ a: {} }), /^a\.fields: fields is an object/],
    [() => define({ a: { fields: { b: 'text' } } }), /^a\.fields\.b: a field is made with t/],
    [() => define({ a: { fields: { id: text } } }), /^a\.fields\.id: every document has this field/],
    [() => define({ a: { fields: { 'b-c': text } } }), /^a\.fields\.b-c: a name is a letter/],
    [() => define({ a: { fields: { b: text, B: text } } }), /^a\.fields\.B: differs from b in upper/],
    [() => define({ a: { fields: {} }, A: { fields: {} } }), /^A: differs from a/],
    [() => define({ a: { fields: { b: t.relation('c') } } }), /^a\.fields\.b: there is no collection c/],
    [
      () => define({ a: { fields: {}, indexes: [{ fields: ['-b'] }] } }),
      /^a\.indexes\.0: there is no field b/,
    ],
    [
      () => define({ a: { fields: {}, indexes: [{ fields: [], uniq: true }] } }),
      /^a\.indexes\.0\.uniq: an index takes/,
    ],
    [() => define({ a: { fields: {}, search: ['b'] } }), /^a\.search: there is no field b/],
    [
      () => define({ a: { fields: {}, policies: { read: 'true' } } }),
      /^a\.policies\.read: policies takes list/,
    ],
    [
      () => define({ a: { fields: {}, policies: { list: true } } }),
      /^a\.policies\.list: a policy is an expr/,
    ],
    [() => define({ a: { fields: {}, tenant: { field: 'b' } } }), /^a\.tenant: a tenant is told as/],
    [
      () => define({ a: { fields: { b: text }, tenant: { field: 'b', is: 'c' } } }),
      /^a\.tenant: the field b has to be/,
    ],
    [
      () => migration({ operations: [undefined as never] }),
      /^operations\.0: an operation is made with a function/,
    ],
  ] as const)
    assert.throws(
      make,
      (error: Error) => error.name === 'SchemaMistake' && said.test(error.message),
      String(said),
    )
})

test('a migration is plain operations, with its functions beside', () => {
  const double = (row: { a: number }) => row.a * 2
  const { parents, operations, transforms } = migration({
    parents: ['1_first'],
    operations: [
      createCollection('a', { fields: { b: t.text({ using: 'x' }) }, policies: { list: 'true' } }),
      addField('a', 'c', t.integer(), { before: 'b' }),
      changeField('a', 'c', t.number({ using: 'double(doc.c)' })),
      changeField('a', 'c', t.decimal(), { using: { sql: 'c * 2' } }),
      changeField('a', 'c', t.integer(), { using: double as never }),
      renameField('a', 'c', 'd'),
      dropField('a', 'd'),
      orderFields('a', ['b']),
      addIndex('a', { fields: ['b'] }, { online: true }),
      changePolicy('a', 'list', null),
      sql({ up: 'select 1' }),
    ],
  })
  assert.deepEqual(parents, ['1_first'])
  assert.deepEqual(transforms, { 4: double })
  assert.deepEqual(operations, [
    {
      do: 'create-collection',
      definition: { name: 'a', fields: { b: { type: 'text' } }, policies: { list: 'true' } },
    },
    { do: 'add-field', collection: 'a', field: 'c', definition: { type: 'integer' }, before: 'b' },
    {
      do: 'change-field',
      collection: 'a',
      field: 'c',
      definition: { type: 'number' },
      using: { cel: 'double(doc.c)' },
    },
    {
      do: 'change-field',
      collection: 'a',
      field: 'c',
      definition: { type: 'decimal' },
      using: { sql: 'c * 2' },
    },
    {
      do: 'change-field',
      collection: 'a',
      field: 'c',
      definition: { type: 'integer' },
      using: { client: true },
      online: true,
    },
    { do: 'rename-field', collection: 'a', field: 'c', to: 'd' },
    { do: 'drop-field', collection: 'a', field: 'd' },
    { do: 'order-fields', collection: 'a', fields: ['b'] },
    { do: 'add-index', collection: 'a', definition: { fields: ['b'] }, online: true },
    { do: 'change-policy', collection: 'a', operation: 'list', policy: null },
    { do: 'sql', up: 'select 1' },
  ])
})
