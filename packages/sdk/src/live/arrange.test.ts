import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arrange } from './arrange.ts'
import { diffRows } from './changes.ts'
import { compareRows } from './compare-rows.ts'
import type { Row } from './row.ts'

const compare = compareRows([['n', 'desc']])

const results = (ids: number, least: number, most: number) =>
  fc
    .uniqueArray(fc.record({ id: fc.nat(ids).map(String), n: fc.option(fc.nat(5)) }), {
      selector: row => row.id,
      minLength: least,
      maxLength: most,
    })
    .map((rows): Row[] => rows.sort(compare))

const byId = (rows: readonly Row[]) => new Map(rows.map(row => [String(row.id), row]))

for (const [kind, ids, least, most] of [
  ['few', 20, 0, 12],
  ['many', 400, 100, 200],
] as const)
  test(`${kind} changes lead to the rows sorted anew`, () => {
    const pair = fc.tuple(results(ids, least, most), results(ids, least, most))
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const unchanged = [...before]
        assert.deepEqual(arrange(before, diffRows(byId(before), byId(after)), compare), after)
        assert.deepEqual(before, unchanged, 'the array before is left alone')
      }),
    )
  })
