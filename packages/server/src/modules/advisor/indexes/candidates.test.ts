import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scan } from '../plans/find-scans.ts'
import { candidatesFor, type Columns } from './candidates.ts'
import { covers } from './covers.ts'

const columns: Columns = new Map(
  (['id', 'country', 'population', 'name', 'tags', 'created_at'] as const).map(column => [
    column,
    {
      field: column === 'created_at' ? 'createdAt' : column,
      type: column === 'population' ? 'integer' : column === 'created_at' ? 'timestamp' : 'text',
      isList: column === 'tags',
    },
  ]),
)

const equal = (column: string) => [{ column, comparison: 'equal' as const }]
const suggest = (scan: Partial<Scan>) =>
  candidatesFor({ table: 'cities', conditions: [], sort: [], ...scan }, columns).map(set =>
    set.map(({ kind, fields }) => `${kind === undefined ? '' : `${kind} `}${fields.join(',')}`).join(' + '),
  )

test('equality comes first, then the order, then a range', () => {
  assert.deepEqual(
    suggest({
      conditions: [equal('country'), [{ column: 'population', comparison: 'range' }]],
      sort: [
        { column: 'created_at', descending: true },
        { column: 'id', descending: false },
      ],
    }),
    ['country,-createdAt', 'country,population', 'country'],
  )
})

test('an order alone, patterns, lists and alternatives', () => {
  assert.deepEqual(suggest({ sort: [{ column: 'name', descending: false }] }), ['name'])
  assert.deepEqual(suggest({ sort: [{ column: 'id', descending: false }] }), [])
  assert.deepEqual(suggest({ conditions: [[{ column: 'name', comparison: 'pattern' }]] }), ['trigram name'])
  assert.deepEqual(suggest({ conditions: [[{ column: 'tags', comparison: 'contains' }]] }), ['gin tags'])
  assert.deepEqual(suggest({ conditions: [[...equal('country'), ...equal('name')]] }), ['country + name'])
  assert.deepEqual(suggest({ conditions: [equal('unknown')] }), [])
})

test('an index covers another that holds no more', () => {
  assert.equal(covers({ fields: ['a', 'b'] }, { fields: ['a'] }), true)
  assert.equal(covers({ fields: ['b', 'a'] }, { fields: ['a'] }), false)
  assert.equal(covers({ fields: ['a', 'b'], where: 'doc.x' }, { fields: ['a'] }), false)
  assert.equal(covers({ fields: ['a', 'b'] }, { fields: ['a'], unique: true }), false)
  assert.equal(covers({ fields: ['a'], unique: true }, { fields: ['a'] }), true)
  assert.equal(covers({ fields: ['a'], kind: 'gin' }, { fields: ['a'] }), false)
})
