import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { test } from 'node:test'
import { defineSchema, t, type DefinedSchema } from '@cloudbox/client/schema'
import { canonical } from '@cloudbox/protocol/canonical'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import fc from 'fast-check'
import type { ObjectExpression } from '@babel/types'
import { editSchema } from './edit-schema.ts'
import { parseSource, propertyOf } from './parse-source.ts'
import { printSchema } from './print-schema.ts'
import { schemaChanges } from './schema-changes.ts'

/** What a text says. */
function load(text: string): readonly CollectionDefinition[] {
  const body = text
    .replace(/^export type .*$/m, '')
    .replace(/^import .*$/m, '')
    .replace(/export default (.*)/, 'return $1')
  const make = new Function('defineSchema', 't', body) as (...all: unknown[]) => DefinedSchema
  return make(defineSchema, t).collections
}

const edit = (text: string, wanted: readonly CollectionDefinition[]) => {
  const { text: edited, left } = editSchema(text, load(text), wanted)
  return { edited, left }
}

const name = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta')
const options = <T extends Record<string, fc.Arbitrary<unknown>>>(shape: T) =>
  fc.record(shape, { requiredKeys: [] })
const word = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' })
const flag = fc.constant(true)
const fieldOf = (targets: readonly string[]): fc.Arbitrary<FieldDefinition> =>
  fc.oneof(
    options({ required: flag, unique: flag, max: fc.nat(99), pattern: word, default: word, list: flag }).map(
      given => ({ type: 'text', ...given }) as FieldDefinition,
    ),
    options({ required: flag, min: fc.integer({ min: -9, max: 9 }), default: fc.integer() }).map(
      given => ({ type: 'integer', ...given }) as FieldDefinition,
    ),
    options({ default: fc.constant({ cel: 'now' }), required: flag }).map(
      given => ({ type: 'timestamp', ...given }) as FieldDefinition,
    ),
    options({ default: fc.jsonValue({ maxDepth: 2 }), pii: flag }).map(
      given => ({ type: 'json', ...given }) as FieldDefinition,
    ),
    fc
      .tuple(fc.uniqueArray(word, { minLength: 1, maxLength: 4 }), options({ required: flag, list: flag }))
      .map(([values, given]): FieldDefinition => ({ type: 'select', options: values, ...given })),
    fc
      .tuple(
        fc.constantFrom(...targets),
        options({ required: flag, onDelete: fc.constantFrom('cascade', 'setNull') }),
      )
      .map(([to, given]) => ({ type: 'relation', to, ...given }) as FieldDefinition),
  )

const schemas = fc.uniqueArray(name, { maxLength: 4 }).chain(names =>
  fc.tuple(
    ...names.map(collection =>
      fc
        .dictionary(name, fieldOf(['users', ...names]), { maxKeys: 5, noNullPrototype: true })
        .chain(fields => {
          const entry = fc.constantFrom('createdAt', '-createdAt', ...Object.keys(fields))
          const index = fc.record(
            {
              fields: fc.uniqueArray(entry, { minLength: 1, maxLength: 2 }),
              unique: flag,
              kind: fc.constantFrom('gin', 'trigram'),
              where: word,
            },
            { requiredKeys: ['fields'] },
          )
          return fc
            .record(
              {
                name: fc.constant(collection),
                fields: fc.constant(fields),
                flexible: flag,
                indexes: fc.uniqueArray(index, {
                  maxLength: 3,
                  selector: one => [one.fields, one.kind, one.unique].join(),
                }),
                policies: options({ list: word, get: word, create: word, update: word, delete: word }),
              },
              { requiredKeys: ['name', 'fields'] },
            )
            .map(one => one as CollectionDefinition)
        }),
    ),
  ),
)

const assertSays = (text: string, wanted: readonly CollectionDefinition[]) => {
  const said = load(text)
  assert.deepEqual(schemaChanges(said, wanted), [], text)
}

test('a printed schema says what it was printed from, in every style', () => {
  fc.assert(
    fc.property(
      schemas,
      fc.constantFrom('  ', '    ', '\t'),
      fc.constantFrom('"', "'"),
      (schema, step, quote) => {
        const text = printSchema(schema, { step, quote, semicolon: '' })
        assert.deepEqual(load(text).map(canonical), schema.map(canonical))
      },
    ),
  )
})

test('a schema that is edited says what was wanted, whatever both were', () => {
  fc.assert(
    fc.property(schemas, schemas, (before, wanted) => {
      const { edited, left } = edit(printSchema(before), wanted)
      assert.deepEqual(left, [])
      assertSays(edited, wanted)
    }),
    { numRuns: 100, examples: [[[], [{ name: 'a', fields: { b: { type: 'json', default: -0 } } }]]] },
  )
})

/** Comments, empty lines and other spaces, wherever the language does not mind. */
function disturbed(text: string, seed: readonly number[]): string {
  let at = 0
  const next = () => seed[at++ % seed.length]!
  return text
    .split('\n')
    .flatMap((line, i) => {
      if (i < 3 || !/[,{[]$/.test(line)) return [line]
      const indent = /^\s*/.exec(line)![0]
      switch (next() % 7) {
        case 0:
          return [`${indent}// note ${i}: it's "so", {`, line]
        case 1:
          return [`${line} // behind ${i}, and [more`]
        case 2:
          return ['', `${indent}/* block ${i},`, `${indent}   } */`, line]
        case 3:
          return [line.replace(/: /, ' :  ').replace(/^(\s*)(\w+) : {2}t\./, "$1'$2':   t ."), '']
        case 4:
          return [line.replace(/\(\{ /, '({').replace(/,$/, ' /* here, */ ,')]
        case 5:
          return [line.replace(/,$/, '')].map((one, _, all) =>
            all.length > 0 && line.endsWith(',') ? `${one},` : one,
          )
        default:
          return [line]
      }
    })
    .join('\n')
}

const toUsers = (schema: readonly CollectionDefinition[]) =>
  schema.map(one => ({
    ...one,
    fields: Object.fromEntries(
      Object.entries(one.fields).map(([field, definition]) => [
        field,
        definition.to === undefined ? definition : { ...definition, to: 'users' },
      ]),
    ),
  }))

/** The text of something in a schema. */
const sliceOf = (text: string, collection: string, field?: string) => {
  const { root } = parseSource(text)!
  const found = propertyOf(root!, collection)!
  if (field === undefined) return text.slice(found.start, found.end)
  const own = propertyOf(found.value as ObjectExpression, 'fields')!.value as ObjectExpression
  const { start, end } = propertyOf(own, field)!
  return text.slice(start, end)
}

test('what does not differ stays as it is, with its comments and its spaces', () => {
  const noise = fc.array(fc.nat(6), { minLength: 7, maxLength: 30 })
  let fields = 0
  fc.assert(
    fc.property(schemas, schemas, noise, (first, other, seed) => {
      const before = toUsers(first)
      const text = disturbed(printSchema(before), seed)
      assertSays(text, before)
      assert.equal(edit(text, before).edited, text, 'nothing to do')

      // A collection that stays the same, among others that change.
      const kept = before.slice(0, 1)
      const wanted = [...kept, ...toUsers(other).filter(one => one.name !== kept[0]?.name)]
      const { edited, left } = edit(text, wanted)
      assert.deepEqual(left, [])
      assertSays(edited, wanted)
      for (const { name: collection } of kept)
        assert.equal(sliceOf(edited, collection), sliceOf(text, collection))
      for (const one of before)
        for (const [field, definition] of Object.entries(one.fields)) {
          const now = wanted.find(({ name: same }) => same === one.name)?.fields[field]
          if (!isDeepStrictEqual(now, definition)) continue
          fields++
          assert.equal(sliceOf(edited, one.name, field), sliceOf(text, one.name, field))
        }
    }),
    { numRuns: 60 },
  )
  assert.ok(fields > 20, `${fields} fields stayed the same`)
})

const written = `import { defineSchema, t } from '@cloudbox/client/schema'

// Every document has those.
const stamps = { by: t.text(), at: t.timestamp() }
const MOST = 5
const lists = {
  fields: { name: t.text({ required: true }) },
}

export default defineSchema({
  lists,
  todos: {
    fields: {
      // What is to be done.
      title: t.text({ required: true, max: 200 }), // short
      state: t.select(["open", 'done']),
      rank: t.integer({ max: MOST }),
      list: t.relation('lists'),
      ...stamps,
    },
    indexes: [
      { fields: ['title'] }, // for the list
      { fields: ['list', '-createdAt'] },
    ],
    policies: {
      list: 'auth.uid != null',
      get: "doc.by == auth.uid",
    },
    tenant: { field: 'team', is: 'auth.team' },
    search: ['title', 'state'],
  },
})
`

/** Changes what a text says, and answers what became of each line that differs. */
function changed(
  change: (todos: CollectionDefinition, all: CollectionDefinition[]) => unknown,
  text = written,
) {
  const wanted = structuredClone(load(text)) as CollectionDefinition[]
  change(
    wanted.find(one => one.name === 'todos')!,
    wanted,
  )
  const { edited, left } = edit(text, wanted)
  const [old, now] = [text.split('\n'), edited.split('\n')]
  if (left.length === 0) assertSays(edited, wanted)
  return {
    gone: old.filter(line => !now.includes(line)).map(line => line.trim()),
    come: now.filter(line => !old.includes(line)).map(line => line.trim()),
    left: left.map(({ line, message }) => `${line}: ${message}`),
  }
}
const set = (todos: CollectionDefinition, field: string, definition: Partial<FieldDefinition>) => {
  todos.fields[field] = { ...todos.fields[field], ...definition } as FieldDefinition
}

test('one change is one line', () => {
  assert.deepEqual(
    changed(todos => set(todos, 'title', { max: 80, pattern: "it's" })),
    {
      gone: ['title: t.text({ required: true, max: 200 }), // short'],
      come: [`title: t.text({ required: true, max: 80, pattern: "it's" }), // short`],
      left: [],
    },
  )
  assert.deepEqual(
    changed(todos => set(todos, 'state', { options: ['open', 'late', 'done'], required: true })),
    {
      gone: [`state: t.select(["open", 'done']),`],
      come: [`state: t.select(["open", 'late', 'done'], { required: true }),`],
      left: [],
    },
  )
  const renamed = changed(todos => {
    const { title, ...fields } = todos.fields
    todos.fields = { name: title!, ...fields }
    todos.indexes![0] = { fields: ['name'] }
    todos.indexes = todos.indexes!.filter(index => index.kind !== 'trigram' || index.fields[0] !== 'title')
  })
  assert.deepEqual(renamed, {
    gone: [
      'title: t.text({ required: true, max: 200 }), // short',
      "{ fields: ['title'] }, // for the list",
      "search: ['title', 'state'],",
    ],
    come: [
      'name: t.text({ required: true, max: 200 }), // short',
      "{ fields: ['name'] }, // for the list",
      "search: ['state'],",
    ],
    left: [],
  })
  const dropped = changed(todos => {
    delete todos.fields['title']
    todos.indexes = todos.indexes!.filter(index => index.fields[0] !== 'title')
  })
  assert.deepEqual(dropped, {
    gone: [
      '// What is to be done.',
      'title: t.text({ required: true, max: 200 }), // short',
      "{ fields: ['title'] }, // for the list",
      "search: ['title', 'state'],",
    ],
    come: ["search: ['state'],"],
    left: [],
  })
  assert.deepEqual(
    changed((_, all) => (all[0]!.fields['size'] = { type: 'number' })),
    {
      gone: ['fields: { name: t.text({ required: true }) },'],
      come: ['fields: { name: t.text({ required: true }), size: t.number() },'],
      left: [],
    },
  )
})

test('policies keep what tenants add out of the text', () => {
  const tenant = ' && doc.team == auth.team'
  assert.deepEqual(
    changed(todos => (todos.policies!.get = `(doc.by == null)${tenant}`)),
    {
      gone: ['get: "doc.by == auth.uid",'],
      come: ['get: "doc.by == null",'],
      left: [],
    },
  )
  assert.deepEqual(
    changed(todos => delete todos.policies!.list),
    {
      gone: ["list: 'auth.uid != null',"],
      come: [],
      left: [],
    },
  )
  assert.deepEqual(changed(todos => (todos.policies!.get = 'true')).left, [
    '27: the policy for get of todos is no longer what tenant makes of it',
  ])
  assert.deepEqual(changed(todos => (todos.policies!.delete = 'true')).left, [
    '29: the policy for delete of todos would get the condition of the tenant as well',
  ])
})

test('what is computed by code is left, with its line', () => {
  assert.deepEqual(
    changed(todos => set(todos, 'rank', { max: 9 })),
    {
      gone: ['const MOST = 5'],
      come: ['const MOST = 9'],
      left: [],
    },
  )
  const twice = written.replace(
    't.text({ required: true, max: 200 })',
    't.text({ required: true, max: MOST })',
  )
  assert.deepEqual(changed(todos => set(todos, 'rank', { max: 9 }), twice).left, [
    '17: max is MOST, which is used elsewhere too',
  ])
  assert.deepEqual(changed(todos => set(todos, 'by', { required: true })).left, [
    '13: the field todos.by is computed by code',
  ])
  assert.deepEqual(changed(todos => delete todos.fields['team']).left, ['13: todos.team is computed by code'])
  assert.deepEqual(
    changed(todos => (todos.indexes = todos.indexes!.filter(index => index.fields[0] !== 'team'))).left,
    ['21: the index team.index of todos is computed by code'],
  )
  assert.deepEqual(
    changed(todos => (todos.fields = Object.fromEntries(Object.entries(todos.fields).toReversed()))).left,
    ['13: the order of the fields of todos is computed by code'],
  )
  const late = changed(todos => {
    set(todos, 'by', { required: true })
    delete todos.fields['title']
    todos.indexes = todos.indexes!.filter(index => index.fields[0] !== 'title')
  })
  assert.deepEqual(
    late.left,
    ['13: the field todos.by is computed by code'],
    'lines of the text that comes out',
  )
  const early = changed((todos, all) => {
    delete all[0]!.fields['name']
    set(todos, 'by', { required: true })
  })
  assert.deepEqual(early.left, ['13: the field todos.by is computed by code'])
})
