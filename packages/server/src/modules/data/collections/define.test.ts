import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionDefinition, FieldDefinition, IndexDefinition } from '@cloudbox/protocol/collection'
import { Problem } from '../../../kernel/problem.ts'
import { define } from './define.ts'
import { toCollection } from './to-collection.ts'

const place = { schema: 'demo__dev', version: 1, incoming: [] }
const lists = toCollection(
  { name: 'lists', fields: { name: { type: 'text' }, uid: { type: 'text' } } },
  place,
)
const context = { schema: 'demo__dev', others: new Map([['lists', lists]]), version: 18 }

/** Every mistake as `at: message`. */
function mistakesOf(definition: CollectionDefinition, version = 18): { code?: string; mistakes: string[] } {
  try {
    define(definition, { ...context, version })
    return { mistakes: [] }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { code: error.code, mistakes: error.errors!.map(({ at, message }) => `${at}: ${message}`) }
  }
}

const field = (definition: FieldDefinition) =>
  mistakesOf({ name: 'todos', fields: { other: { type: 'text' }, it: definition } }).mistakes

const good: readonly FieldDefinition[] = [
  { type: 'text', min: 1, max: 10, pattern: '[a-z]+', default: 'abc' },
  { type: 'text', list: true, max: 3, default: ['a'] },
  { type: 'integer', default: '9223372036854775807' },
  { type: 'decimal', min: 0.5, default: '1.10' },
  { type: 'timestamp', default: '2026-01-31T12:00:00+02:00' },
  { type: 'timestamp', default: { cel: 'now' } },
  { type: 'text', default: { cel: 'auth.uid' } },
  { type: 'uuid', default: { cel: 'auth.uid' } },
  { type: 'text', default: { cel: 'auth.team' } },
  { type: 'date', default: '2024-02-29' },
  { type: 'json', default: { cel: 'now', and: 'more' } },
  { type: 'select', options: ['a', 'b'], default: 'b' },
  { type: 'relation', to: 'todos', onDelete: 'setNull' },
  { type: 'relation', to: 'lists', required: true, onDelete: 'cascade' },
  { type: 'text', computed: 'doc.other + "!"' },
  { type: 'boolean', computed: 'doc.other.startsWith("a")', required: true },
]
for (const definition of good) {
  test(`a field may be ${JSON.stringify(definition)}`, () => assert.deepEqual(field(definition), []))
}

const bad: readonly [definition: FieldDefinition, mistake: string | RegExp][] = [
  [{ type: 'select' }, '/fields/it/options: a select needs its options'],
  [{ type: 'select', options: ['a', 'a'] }, '/fields/it/options: an option stands there twice'],
  [{ type: 'text', options: ['a'] }, '/fields/it/options: type text has no options'],
  [{ type: 'json', list: true }, '/fields/it/list: there are no lists of type json'],
  [{ type: 'text', list: true, unique: true }, '/fields/it/unique: a list cannot be unique'],
  [{ type: 'geopoint', unique: true }, '/fields/it/unique: type geopoint cannot be unique'],
  [{ type: 'boolean', min: 1 }, '/fields/it/min: type boolean has no min'],
  [{ type: 'text', min: -1 }, '/fields/it/min: it counts characters: a whole number from 0 up'],
  [{ type: 'date', list: true, max: 1.5 }, '/fields/it/max: it counts elements: a whole number from 0 up'],
  [{ type: 'integer', max: 1.5 }, '/fields/it/max: the bound of an integer is a whole number'],
  [{ type: 'number', min: 2, max: 1 }, '/fields/it/min: min 2 is greater than max 1'],
  [{ type: 'integer', pattern: 'a' }, '/fields/it/pattern: type integer has no pattern'],
  [{ type: 'text', pattern: 'a**' }, /^\/fields\/it\/pattern: /],
  [{ type: 'text', pattern: 'a)|(b' }, /^\/fields\/it\/pattern: /],
  [{ type: 'text', pattern: 'a'.repeat(256) }, /^\/fields\/it\/pattern: longer than/],
  [{ type: 'text', to: 'lists' }, '/fields/it/to: only a relation points to a collection'],
  [{ type: 'relation' }, '/fields/it/to: a relation needs the collection it points to'],
  [{ type: 'relation', to: 'list' }, '/fields/it/to: there is no collection "list"'],
  [
    { type: 'relation', to: 'lists', required: true, onDelete: 'setNull' },
    '/fields/it/onDelete: a required relation cannot be set to null',
  ],
  [{ type: 'integer', default: 1.5 }, '/fields/it/default: it has to be a whole number'],
  [{ type: 'integer', default: '9223372036854775808' }, '/fields/it/default: it has to be a whole number'],
  [{ type: 'date', default: '2026-02-29' }, '/fields/it/default: it has to be a day such as "2026-01-31"'],
  [{ type: 'timestamp', default: '2026-01-31' }, /^\/fields\/it\/default: it has to be a time/],
  [{ type: 'select', options: ['a'], default: 'b' }, '/fields/it/default: it is not one of the options'],
  [{ type: 'text', max: 2, default: 'abc' }, '/fields/it/default: it is above max 2'],
  [{ type: 'text', pattern: '[a-z]', default: 'ab' }, '/fields/it/default: it does not match the pattern'],
  [
    { type: 'text', default: { cel: 'now' } },
    '/fields/it/default/cel: it gives timestamp, the field holds string',
  ],
  [{ type: 'text', default: { cel: 'doc.other' } }, /^\/fields\/it\/default\/cel\[0:3\]: /],
  [{ type: 'text', computed: 'doc.it' }, '/fields/it/computed: it reads "it", which is computed itself'],
  [{ type: 'text', computed: 'doc.othr' }, /^\/fields\/it\/computed\[\d+:\d+\]: /],
  [{ type: 'integer', computed: 'doc.other' }, /^\/fields\/it\/computed/],
  [{ type: 'text', computed: 'auth.uid' }, /^\/fields\/it\/computed/],
  [
    { type: 'text', computed: 'doc.other', default: 'a' },
    '/fields/it/default: a computed field has no default',
  ],
]
for (const [definition, mistake] of bad) {
  test(`a field cannot be ${JSON.stringify(definition)}`, () => {
    const [first] = field(definition)
    if (typeof mistake === 'string') assert.equal(first, mistake)
    else assert.match(first ?? '', mistake)
  })
}

for (const name of ['id', 'createdAt', 'created_at', 'extra_fields', 'xmin', 'in', 'or']) {
  test(`a field cannot be called ${name}`, () => {
    const { mistakes } = mistakesOf({ name: 'todos', fields: { [name]: { type: 'text' } } })
    assert.match(mistakes[0] ?? '', new RegExp(`^/fields/${name}: "${name}": `))
  })
}

for (const name of ['auth_users', 'Data_x', 'pg_class', 'storage_files']) {
  test(`a collection cannot be called ${name}`, () => {
    assert.match(mistakesOf({ name, fields: {} }).mistakes[0] ?? '', /^\/name: /)
  })
}

const badIndexes: readonly [index: IndexDefinition, mistake: RegExp][] = [
  [{ fields: ['titl'] }, /^\/indexes\/0\/fields\/0: there is no field "titl"/],
  [{ fields: ['tags'] }, /^\/indexes\/0\/fields\/0: btree does not serve "tags", a list/],
  [{ fields: ['size'], kind: 'trigram' }, /trigram does not serve "size", a integer/],
  [{ fields: ['-tags'], kind: 'gin' }, /an index of kind gin has no direction/],
  [{ fields: ['tags'], kind: 'gin', unique: true }, /^\/indexes\/0\/unique: /],
  [{ fields: ['title'], where: 'doc.nothing' }, /^\/indexes\/0\/where\[\d+:\d+\]: /],
  [{ fields: ['title'], where: 'doc.createdAt < now' }, /^\/indexes\/0\/where/],
]
for (const [index, mistake] of badIndexes) {
  test(`an index cannot be ${JSON.stringify(index)}`, () => {
    const fields = {
      title: { type: 'text' },
      tags: { type: 'text', list: true },
      size: { type: 'integer' },
    } as const
    assert.match(mistakesOf({ name: 'todos', fields, indexes: [index] }).mistakes[0] ?? '', mistake)
  })
}

const policyCases: readonly [
  policies: CollectionDefinition['policies'],
  code: string | undefined,
  mistake: RegExp,
][] = [
  [
    { list: 'doc.title == auth.uid', update: 'doc.title == next.title', create: 'next.title != null' },
    undefined,
    /^$/,
  ],
  [{ list: 'public("a blog")' }, undefined, /^$/],
  [{ get: 'db.lists.exists(l, l.uid == auth.uid)' }, undefined, /^$/],
  [{ list: 'true' }, 'policy/unnamed-public', /^\/policies\/list: it is true for everyone/],
  [{ list: 'doc.titel == "x"' }, 'policy/invalid-expression', /^\/policies\/list\[4:9\]: /],
  [{ create: 'doc.title == "x"' }, 'policy/invalid-expression', /^\/policies\/create\[0:3\]: /],
  [{ delete: 'next.title == "x"' }, 'policy/invalid-expression', /^\/policies\/delete\[0:4\]: /],
  [{ list: 'doc.title' }, 'policy/invalid-expression', /^\/policies\/list\[0:9\]: /],
  [
    { list: 'true', get: 'doc.titel == ""' },
    'policy/invalid-expression',
    /^\/policies\/list: .*\n\/policies\/get/,
  ],
]
for (const [policies, code, mistake] of policyCases) {
  test(`policies ${JSON.stringify(policies)} are ${code ?? 'good'}`, () => {
    const result = mistakesOf({ name: 'todos', fields: { title: { type: 'text' } }, policies: policies! })
    assert.equal(result.code, code)
    assert.match(result.mistakes.join('\n'), mistake)
  })
}

test('all mistakes are told at once, and computed fields need Postgres 18', () => {
  const definition = {
    name: 'pg_x',
    fields: { id: { type: 'text' }, Title: { type: 'select' }, title: { type: 'text', computed: '"a"' } },
    indexes: [{ fields: ['x'] }],
    policies: { list: 'nonsense' },
  } as const
  const { code, mistakes } = mistakesOf(definition as unknown as CollectionDefinition, 17)
  assert.equal(code, 'data/invalid-collection')
  assert.deepEqual(
    mistakes.map(mistake => mistake.split(': ')[0]),
    [
      '/name',
      '/fields/id',
      '/fields/Title/options',
      '/fields/title',
      '/fields/title/computed',
      '/indexes/0/fields/0',
      '/policies/list[0:8]',
    ],
  )
})

test('names every object has are not fields', () => {
  const { mistakes } = mistakesOf({ name: 'todos', fields: {}, policies: { list: 'doc.constructor == "x"' } })
  assert.equal(mistakes.length, 1)
  assert.deepEqual(field({ type: 'relation', to: 'constructor' }), [
    '/fields/it/to: there is no collection "constructor"',
  ])
})
