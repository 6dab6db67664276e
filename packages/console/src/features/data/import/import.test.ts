import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudBoxError } from '@cloudbox/client'
import { columnsOf } from '../columns.ts'
import { inferField } from './infer-field.ts'
import { documentOf, fieldNameOf, newFields, planImport } from './plan-import.ts'
import { formatOf, readTable } from './read-file.ts'
import { writeRows } from './write-rows.ts'

const csv = `\uFEFFFull name;age;joined;tags;note;id
"Ada ""A"" Lovelace
Countess";36;2026-01-31;["a","b"];007;
Bea;;2026-02-01;["c"];"";
broken;1
Cleo;41;2026-02-02;[];12;`

test('CSV is read with its lines, and what is no row is told', () => {
  const table = readTable(csv, 'csv')
  assert.deepEqual(table.columns, ['Full name', 'age', 'joined', 'tags', 'note', 'id'])
  assert.deepEqual(
    table.records.map(({ line }) => line),
    [2, 4, 6],
  )
  assert.deepEqual(table.refused, [{ line: 5, message: 'the header has 6 columns, this row 2' }])
  assert.throws(() => readTable('a,a\n1,2', 'csv'), /a twice/)
  assert.throws(() => readTable('', 'csv'), /empty/)
})

test('fields are inferred from what stands in the columns', () => {
  const { records } = readTable(csv, 'csv')
  const inferred = (column: string) => inferField(column, records)
  assert.deepEqual(inferred('age'), { type: 'integer' })
  assert.deepEqual(inferred('joined'), { type: 'date' })
  assert.deepEqual(inferred('tags'), { type: 'text', list: true })
  assert.deepEqual(inferred('note'), { type: 'text' })
  assert.deepEqual(inferred('id'), { type: 'text' })
  const of = (...values: unknown[]) =>
    inferField('a', readTable(JSON.stringify(values.map(a => ({ a }))), 'json').records)
  assert.deepEqual(of(1, 2.5), { type: 'number' })
  assert.deepEqual(of(true, null), { type: 'boolean' })
  assert.deepEqual(of('2026-01-31', '2026-01-31T12:00:00Z'), { type: 'timestamp' })
  assert.deepEqual(of({ a: 1 }, 'x'), { type: 'json' })
  assert.deepEqual(of([1], [2]), { type: 'integer', list: true })
  assert.deepEqual(of('ada@example.com'), { type: 'email' })
})

test('columns find their fields, others become new ones, and rows become documents', () => {
  const table = readTable(csv, 'csv')
  const columns = columnsOf({ fields: { age: { type: 'number' }, note: { type: 'text' } } })
  const plan = planImport(table, columns, true)
  assert.deepEqual(newFields(plan), {
    fullName: { type: 'text' },
    joined: { type: 'date' },
    tags: { type: 'text', list: true },
  })
  assert.deepEqual(
    table.records.map(record => documentOf(record, plan)),
    [
      {
        fullName: 'Ada "A" Lovelace\nCountess',
        age: 36,
        joined: '2026-01-31',
        tags: ['a', 'b'],
        note: '007',
      },
      { fullName: 'Bea', joined: '2026-02-01', tags: ['c'], note: '' },
      { fullName: 'Cleo', age: 41, joined: '2026-02-02', tags: [], note: '12' },
    ],
  )
  const closed = planImport(table, columns, false)
  assert.deepEqual(newFields(closed), {})
  assert.deepEqual(documentOf(table.records[0]!, closed), { age: 36, note: '007' })
})

test('what the server makes anew is left out, ids are kept', () => {
  const table = readTable('[{"id":"1","createdAt":"x","sum":1}]', 'json')
  const columns = columnsOf({ fields: { sum: { type: 'integer', computed: 'doc.a' } } })
  assert.deepEqual(documentOf(table.records[0]!, planImport(table, columns, true)), { id: '1' })
})

test('lines of JSON that are none are told with their line', () => {
  const { records, refused } = readTable('{"a":1}\n\nnonsense\n[1]\n', 'jsonl')
  assert.equal(records.length, 1)
  assert.deepEqual(
    refused.map(({ line }) => line),
    [3, 4],
  )
})

test('names', () => {
  assert.equal(fieldNameOf('Full name'), 'fullName')
  assert.equal(fieldNameOf('  2nd E-Mail '), 'ndEMail')
  assert.equal(fieldNameOf('Größe'), 'groE')
  assert.equal(fieldNameOf('!!'), 'field')
  assert.equal(formatOf('A.CSV'), 'csv')
  assert.equal(formatOf('a.ndjson'), 'jsonl')
  assert.equal(formatOf('a.xlsx'), undefined)
})

test('rows the server does not take are left out, named or not', async () => {
  const rows = Array.from({ length: 10 }, (_, i) => ({ line: i + 2, document: { n: i } }))
  const written: unknown[] = []
  const refused = await writeRows(rows, async documents => {
    const named = documents.flatMap(({ n }, i) => (n === 3 ? [{ at: `/${i}/n`, message: 'is bad' }] : []))
    if (named.length > 0)
      throw new CloudBoxError({ code: 'data/invalid-document', detail: 'no', errors: named })
    if (documents.some(({ n }) => n === 7))
      throw new CloudBoxError({ code: 'data/conflict', detail: 'taken' })
    written.push(...documents.map(({ n }) => n))
  })
  assert.deepEqual(refused, [
    { line: 5, field: 'n', message: 'is bad' },
    { line: 9, message: 'taken' },
  ])
  assert.deepEqual(written, [0, 1, 2, 4, 5, 6, 8, 9])
  const broken = writeRows(rows, () =>
    Promise.reject(new CloudBoxError({ code: 'client/network', detail: 'gone' })),
  )
  await assert.rejects(broken, /gone/)
})
