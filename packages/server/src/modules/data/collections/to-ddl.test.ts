import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { define } from './define.ts'
import { toDdl, toDropDdl, type Target } from './to-ddl.ts'

const target: Target = {
  schema: 's',
  role: 'r',
  version: 18,
  sortsByCodePoint: true,
  trigramSchema: 'public',
}

/** The statements on one line each, without the table's name. */
function ddl(
  before: CollectionDefinition | undefined,
  definition: CollectionDefinition,
  { renames, ...other }: { renames?: Record<string, string> } & Partial<Target> = {},
): string[] {
  const place = { ...target, ...other }
  const after = define(definition, { ...place, others: new Map() })
  const steps = toDdl({ before, after, renames: new Map(Object.entries(renames ?? {})) }, place)
  return steps.map(({ text }) => text.replaceAll(/\s+/g, ' ').replaceAll('alter table "s"."t" ', ''))
}

const t = (fields: CollectionDefinition['fields'], more: Partial<CollectionDefinition> = {}) => ({
  name: 't',
  fields,
  ...more,
})
const text = { a: { type: 'text' } } as const

test('a new table: the built-in columns, its replica identity, its guard', () => {
  assert.deepEqual(ddl(undefined, t(text, { policies: { list: 'doc.a == auth.uid' } })), [
    'create table "s"."t" ( id uuid default uuidv7() constraint "t.pkey" primary key, created_at timestamptz not null default now(), updated_at timestamptz not null default now())',
    'replica identity full',
    'create trigger touch_updated_at before update on "s"."t" for each row when (old.updated_at is not distinct from new.updated_at) execute function cb.touch_updated_at()',
    'enable row level security',
    'grant select, insert, update, delete on "s"."t" to "r"',
    'add column "a" text',
    'create policy "list" on "s"."t" for select to "r" using (("s"."t"."a" = (SELECT cb.uid())))',
  ])
  assert.match(ddl(undefined, t({}), { version: 17 })[0]!, /default cb\.uuid_v7\(\)/)
  assert.ok(ddl(undefined, t(text), { sortsByCodePoint: false }).includes('add column "a" text collate "C"'))
})

test('nothing changes, nothing is done', () => {
  const same = t(
    {
      a: { type: 'text', min: 1, pattern: 'x', default: 'x', required: true, unique: true },
      b: { type: 'relation', to: 't', onDelete: 'setNull' },
      c: { type: 'text', computed: 'doc.a' },
      d: { type: 'select', list: true, options: ['x'] },
    },
    { indexes: [{ fields: ['a', '-createdAt'], where: 'doc.a != ""' }], flexible: true },
  )
  assert.deepEqual(ddl(same, same), [])
})

const changes: readonly [
  name: string,
  before: CollectionDefinition,
  after: CollectionDefinition,
  statements: string[],
  renames?: Record<string, string>,
][] = [
  [
    'a field more',
    t({}),
    t({ a: { type: 'integer', default: 1, required: true } }),
    [`add column "a" bigint default '1'::bigint not null`],
  ],
  ['a field less', t(text), t({}), ['drop column "a"']],
  [
    'another bound',
    t({ a: { type: 'text', max: 1 } }),
    t({ a: { type: 'text', max: 2 } }),
    ['drop constraint if exists "a.max"', 'add constraint "a.max" check (char_length("a") <= 2)'],
  ],
  [
    'required and back',
    t({ a: { type: 'text', required: true } }),
    t(text),
    ['alter column "a" drop not null'],
  ],
  [
    'another default',
    t({ a: { type: 'text', default: 'x' } }),
    t({ a: { type: 'text', default: "y'" } }),
    ['alter column "a" drop default', `alter column "a" set default 'y'''::text`],
  ],
  [
    'a name',
    t({ a: { type: 'text', max: 1, unique: true } }),
    t({ b: { type: 'text', max: 1, unique: true } }),
    [
      'rename column "a" to "b"',
      'rename constraint "a.max" to "b.max"',
      'alter index "s"."t.a.unique" rename to "t.b.unique"',
    ],
    { a: 'b' },
  ],
  [
    'a type',
    t({ a: { type: 'text', default: '1' } }, { indexes: [{ fields: ['a'] }] }),
    t({ a: { type: 'integer', default: 2 } }, { indexes: [{ fields: ['a'] }] }),
    [
      'drop index if exists "s"."t.a.index"',
      'alter column "a" drop default',
      'alter column "a" type bigint using "a"::bigint',
      `alter column "a" set default '2'::bigint`,
      'create index "t.a.index" on "s"."t" using btree ("a")',
    ],
  ],
  [
    'on delete',
    t({ a: { type: 'relation', to: 't' } }),
    t({ a: { type: 'relation', to: 't', onDelete: 'cascade' } }),
    [
      'drop constraint if exists "a.relation"',
      'add constraint "a.relation" foreign key ("a") references "s"."t" (id) on delete cascade',
    ],
  ],
  [
    'another expression',
    t({ a: { type: 'text' }, b: { type: 'text', computed: 'doc.a' } }),
    t({ a: { type: 'text' }, b: { type: 'text', computed: 'doc.a + "!"' } }),
    [`alter column "b" set expression as (("a" || '!'::text))`],
  ],
  [
    'computed no more',
    t({ a: { type: 'text' }, b: { type: 'text', computed: 'doc.a' } }),
    t({ a: { type: 'text' }, b: { type: 'text' } }),
    ['alter column "b" drop expression'],
  ],
  [
    'a policy less',
    t(text, { policies: { list: 'doc.a == "x"', get: 'doc.a == "y"' } }),
    t(text, { policies: { get: 'doc.a == "y"' } }),
    ['drop policy if exists "list" on "s"."t"'],
  ],
  [
    'an index of another kind',
    t(text, { indexes: [{ name: 'i', fields: ['a'] }] }),
    t(text, { indexes: [{ name: 'i', fields: ['a'], kind: 'trigram' }] }),
    ['drop index if exists "s"."t.i"', 'create index "t.i" on "s"."t" using gin ("a" "public".gin_trgm_ops)'],
  ],
]
for (const [name, before, after, statements, renames] of changes) {
  test(`a change: ${name}`, () =>
    assert.deepEqual(ddl(before, after, renames === undefined ? {} : { renames }), statements))
}

test('names and texts are quoted, long names end in a hash', () => {
  const long = 'x'.repeat(60)
  const [named] = ddl(t({}), t({ [long]: { type: 'text', unique: true } })).slice(-1)
  assert.match(named!, /^create unique index "t\.x{52}~[0-9a-f]{8}" on "s"\."t" using btree \("x{60}"\)$/)
  const options = ddl(t({}), t({ a: { type: 'select', options: [`it's \\`] } }))
  assert.equal(options[1], `add constraint "a.options" check ("a" = any (array[E'it''s \\\\']::text[]))`)
  assert.deepEqual(toDropDdl(t({}), target), [{ text: 'drop table "s"."t"' }])
})
