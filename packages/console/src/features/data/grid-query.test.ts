import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnsOf } from './columns.ts'
import { conditionsOf, operatorsOf, orderOf, readQuery, writeQuery, type GridQuery } from './grid-query.ts'

const columns = columnsOf({
  fields: {
    name: { type: 'text' },
    size: { type: 'integer' },
    done: { type: 'boolean' },
    tags: { type: 'text', list: true },
    more: { type: 'json' },
  },
})
const query = (change: Partial<GridQuery>): GridQuery => ({
  filters: [],
  order: undefined,
  search: '',
  ...change,
})

test('filters become one group, quoted where a sign of the dialect stands in them', () => {
  const filters = [
    { field: 'name', operator: 'eq', value: 'Bern, "CH"' },
    { field: 'name', operator: 'not.ilike', value: 'x' },
    { field: 'size', operator: 'in', value: '1, 2' },
    { field: 'done', operator: 'is.true', value: '' },
    { field: 'tags', operator: 'overlaps', value: 'a, b c' },
    { field: 'gone', operator: 'eq', value: '1' },
  ]
  assert.equal(
    conditionsOf(query({ filters }), columns),
    String.raw`name.eq."Bern, \"CH\"",name.not.ilike.*x*,size.in.(1,2),done.is.true,tags.overlaps.(a,"b c")`,
  )
  assert.equal(conditionsOf(query({}), columns), undefined)
})

test('a search looks into texts, and into numbers and ids where it is one', () => {
  assert.equal(conditionsOf(query({ search: 'Bern' }), columns), 'or(name.ilike.*Bern*,tags.contains.(Bern))')
  assert.match(conditionsOf(query({ search: '42' }), columns)!, /size\.eq\.42/)
  const id = '0196f0c2-1111-7abc-8def-000000000001'
  assert.match(conditionsOf(query({ search: id }), columns)!, new RegExp(`^or\\(id\\.eq\\.${id},`))
  const numbers = columnsOf({ fields: { size: { type: 'integer' } } })
  assert.equal(conditionsOf(query({ search: 'Bern' }), numbers), 'id.is.null')
})

test('the address of the page keeps a query', () => {
  const full = query({
    filters: [
      { field: 'name', operator: 'eq', value: 'a.b.c & d' },
      { field: 'size', operator: 'is.not_null', value: '' },
      { field: 'name', operator: 'not.ilike', value: 'é' },
    ],
    order: { field: 'size', isDescending: true },
    search: 'x y',
  })
  assert.deepEqual(readQuery(new URLSearchParams(writeQuery(full))), full)
  assert.equal(orderOf(full), 'size.desc')
  assert.equal(writeQuery(query({})), '')
  assert.deepEqual(readQuery(new URLSearchParams('?filter=nonsense&order=x')), query({}))
})

test('each type is compared by what it can be compared by', () => {
  const names = Object.fromEntries(
    columns.map(column => [
      column.name,
      operatorsOf(column)
        .map(({ name }) => name)
        .join(' '),
    ]),
  )
  assert.equal(names.done, 'is.true is.false is.null is.not_null')
  assert.equal(names.tags, 'contains overlaps is.null is.not_null')
  assert.equal(names.more, 'is.null is.not_null')
  assert.equal(names.id, 'eq neq in is.null is.not_null')
  assert.match(names.name!, /^eq ilike not\.ilike neq in gt/)
})
