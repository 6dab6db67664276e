import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as builders from '@cloudbox/client/schema'
import type { MigrationOperation } from '@cloudbox/protocol/schema'
import { printMigration } from './print-migration.ts'

/** Every operation there is; the compiler sees to it. */
const every: Readonly<Record<MigrationOperation['do'], readonly MigrationOperation[]>> = {
  'create-collection': [
    {
      do: 'create-collection',
      definition: {
        name: 'todos',
        fields: { title: { type: 'text', required: true }, by: { type: 'relation', to: 'users' } },
        policies: { list: "doc.title == 'x'" },
      },
    },
  ],
  'drop-collection': [{ do: 'drop-collection', collection: 'a' }],
  'rename-collection': [{ do: 'rename-collection', collection: 'a', to: 'b' }],
  'add-field': [
    { do: 'add-field', collection: 'a', field: 'b', definition: { type: 'integer' }, before: 'c' },
    {
      do: 'add-field',
      collection: 'a',
      field: 'b',
      definition: { type: 'select', options: ['x'], list: true },
    },
  ],
  'change-field': [
    {
      do: 'change-field',
      collection: 'a',
      field: 'b',
      definition: { type: 'integer' },
      using: { cel: 'int(doc.b)' },
    },
    {
      do: 'change-field',
      collection: 'a',
      field: 'b',
      definition: { type: 'date' },
      using: { sql: 'b' },
      online: true,
    },
  ],
  'rename-field': [{ do: 'rename-field', collection: 'a', field: 'b', to: 'c' }],
  'drop-field': [{ do: 'drop-field', collection: 'a', field: 'b' }],
  'order-fields': [{ do: 'order-fields', collection: 'a', fields: ['c', 'b'] }],
  'set-flexible': [{ do: 'set-flexible', collection: 'a', flexible: true }],
  'add-index': [
    { do: 'add-index', collection: 'a', definition: { fields: ['b', '-c'], unique: true }, online: true },
    { do: 'add-index', collection: 'a', definition: { fields: ['b'] } },
  ],
  'drop-index': [{ do: 'drop-index', collection: 'a', index: 'b.index' }],
  'change-policy': [
    { do: 'change-policy', collection: 'a', operation: 'list', policy: 'public("it is")' },
    { do: 'change-policy', collection: 'a', operation: 'get', policy: null },
  ],
  sql: [
    { do: 'sql', up: 'create view "v"\n  as select 1', down: 'drop view v' },
    { do: 'sql', up: 'select 1' },
  ],
}

test('the file of a migration says the operations it was made of', () => {
  const operations = Object.values(every).flat()
  const text = printMigration(['1_a', '2_b'], operations)
  const [, names, body] =
    /^import \{ (.*) \} from '@cloudbox\/client\/schema'\n\nexport default ([^]*)$/.exec(text)!
  const made = names!.split(', ')
  const make = new Function(...made, `return ${body}`) as (...all: unknown[]) => builders.DefinedMigration
  const all: Readonly<Record<string, unknown>> = { ...builders }
  const migration = make(...made.map(name => all[name]))
  assert.deepEqual(migration, { parents: ['1_a', '2_b'], operations, transforms: {} })
  assert.ok(!printMigration([], [{ do: 'drop-field', collection: 'a', field: 'b' }]).includes(', t '))
})
