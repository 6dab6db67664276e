import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { readRow, separatorOf, writeCell } from '@cloudbox/protocol/records/csv-row'
import { progressText } from './progress-text.ts'
import { readRecords, type FileRecord, type ReadOptions } from './read-records.ts'
import { findElement, findLine, findRow, split } from './split-bytes.ts'
import { toValue } from '@cloudbox/protocol/records/to-value'
import { recordWriter } from './write-records.ts'

const folder = mkdtempSync(join(tmpdir(), 'cloudbox-records-'))
after(() => rmSync(folder, { recursive: true }))

async function read(text: string, options: ReadOptions): Promise<FileRecord[]> {
  const path = join(folder, 'file')
  writeFileSync(path, text)
  return collect(readRecords(path, options))
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const things: CollectionDefinition = {
  name: 'things',
  fields: {
    name: { type: 'text' },
    size: { type: 'integer' },
    isOld: { type: 'boolean' },
    tags: { type: 'text', list: true },
    more: { type: 'json' },
  },
}

const document = fc.record({
  id: fc.uuid(),
  createdAt: fc.constant('2026-01-01T00:00:00Z'),
  updatedAt: fc.constant('2026-01-01T00:00:00Z'),
  name: fc.option(fc.string({ unit: 'binary' }).filter(text => !/[\0\r\uD800-\uDFFF]/.test(text))),
  size: fc.option(fc.integer()),
  isOld: fc.option(fc.boolean()),
  tags: fc.option(fc.array(fc.string())),
  more: fc.option(
    fc.dictionary(
      fc.string().filter(key => key !== '__proto__'),
      fc.oneof(fc.string(), fc.integer()),
    ),
  ),
})

for (const format of ['csv', 'json', 'jsonl'] as const)
  test(`what is written as ${format} is read as it was, from any place in the file`, async () => {
    const writer = recordWriter(format, things)
    await fc.assert(
      fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 8 }), async documents => {
        const text =
          writer.head + documents.map((one, i) => writer.write(one, i === 0)).join('') + writer.foot
        let header: { columns: readonly string[]; separator: string } | undefined
        const options: ReadOptions = {
          format,
          fieldOf: name => things.fields[name] ?? { type: 'text' },
          headerRead: (columns, separator) => (header = { columns, separator }),
        }
        const all = await read(text, options)
        const given = (one: object) =>
          Object.fromEntries(Object.entries(one).filter(([, value]) => value !== null))
        const plain = (one: FileRecord) => given(structuredClone(one.document!))
        assert.deepEqual(
          all.map(plain),
          documents.map(one => given(JSON.parse(JSON.stringify(one)) as object)),
        )
        const [first] = all
        const from = { offset: first!.end, line: first!.endLine, ...header }
        const rest = await read(text, { ...options, from })
        assert.deepEqual(rest, all.slice(1))
      }),
      { numRuns: 60 },
    )
  })

test('chunks may end anywhere', async () => {
  for (const [find, text] of [
    [findLine, '{"a":"ä"}\r\n\n{"b":2}'],
    [findRow, 'a,b\r\n"x\ny","ü"\n\n1,2'],
    [findElement, '[ {"a":"]}\\"ö"} ,\n {"b":[1,{"c":2}]}\n]'],
  ] as const) {
    const bytes = Buffer.from(text)
    const whole = await collect(split(one([bytes]), find, { offset: 0, line: 1 }))
    const single = await collect(
      split(one([...bytes].map(byte => Buffer.from([byte]))), find, { offset: 0, line: 1 }),
    )
    assert.deepEqual(single, whole)
    assert.ok(whole.length >= 2)
  }
  async function* one(chunks: Buffer[]) {
    yield* chunks
  }
})

test('a record that is none is told with its line', async () => {
  const csv = await read('name,size\nA,1\nB\n"C\nD",3\n', {
    format: 'csv',
    fieldOf: name => things.fields[name],
  })
  assert.deepEqual(
    csv.map(({ line, document: found, mistake }) => [line, found ?? mistake]),
    [
      [2, { name: 'A', size: 1 }],
      [3, 'the header has 2 columns, this row 1'],
      [4, { name: 'C\nD', size: 3 }],
    ],
  )
  const lines = await read('{"a":1}\nnonsense\n[1]\n', { format: 'jsonl' })
  assert.match(lines[1]!.mistake!, /^no JSON/)
  assert.equal(lines[1]!.line, 2)
  assert.match(lines[2]!.mistake!, /an object, not \[1\]/)
  assert.deepEqual(await read('[]', { format: 'json' }), [])
  assert.deepEqual(await read('', { format: 'csv' }), [])
  await assert.rejects(read('a,b,a\n', { format: 'csv' }), /names a twice/)
  await assert.rejects(collect(readRecords(join(folder, 'gone'), { format: 'csv' })), /ENOENT/)
})

test('texts of CSV mean what their field says', () => {
  const cell = (text: string, isQuoted = false) => ({ text, isQuoted })
  assert.equal(toValue(cell(''), { type: 'text' }), undefined)
  assert.equal(toValue(cell('', true), { type: 'text' }), '')
  assert.equal(toValue(cell('007'), { type: 'text' }), '007')
  assert.equal(toValue(cell('7'), { type: 'integer' }), 7)
  assert.equal(toValue(cell('seven'), { type: 'integer' }), 'seven')
  assert.equal(toValue(cell('YES'), { type: 'boolean' }), true)
  assert.equal(toValue(cell('12.50'), { type: 'decimal' }), '12.50')
  assert.deepEqual(toValue(cell('["a"]'), { type: 'text', list: true }), ['a'])
  assert.equal(toValue(cell('7'), undefined), 7)
  assert.equal(toValue(cell('007'), undefined), '007')
  assert.deepEqual(
    readRow('a;"b;""c""";', ';').map(({ text }) => text),
    ['a', 'b;"c"', ''],
  )
  assert.equal(separatorOf('a\tb,c\td'), '\t')
  assert.equal(writeCell(' x'), '" x"')
})

test('SQL is quoted', () => {
  const { write } = recordWriter('sql', things)
  const id = '0198c1a0-0000-7000-8000-000000000001'
  const text = write(
    { id, name: "O'Hara", size: 3, isOld: null, tags: ['a"b', '\\'], more: { a: "'" } },
    true,
  )
  assert.equal(
    text,
    `insert into "things" ("id", "created_at", "updated_at", "name", "size", "isOld", "tags", "more") values ('${id}', null, null, 'O''Hara', 3, null, '{"a\\"b","\\\\"}', '{"a":"''"}');\n`,
  )
})

test('how far it is', () => {
  assert.equal(progressText({ rows: 3, bytes: 1_048_576, sinceMs: 1 }), '3 rows, 1.0 MB')
  assert.equal(
    progressText({ rows: 10, bytes: 524_288, totalBytes: 1_048_576, sinceMs: 2000 }, 4),
    '██░░ 50 %, 10 rows, 0.5 MB of 1.0 MB, 2 s left',
  )
})
