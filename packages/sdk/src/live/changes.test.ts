import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { changeOf, diffRows, mergeChanges } from './changes.ts'
import type { Row } from './row.ts'
import type { DocumentChange } from './snapshot.ts'

const byId = (rows: readonly Row[]) => new Map(rows.map(row => [String(row.id), row]))

const results = fc
  .uniqueArray(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), n: fc.nat(3) }), {
    selector: row => row.id,
  })
  .map(byId)

/** Plays changes onto a result, checking that each fits. */
function replay(
  rows: ReadonlyMap<string, Row>,
  changes: readonly DocumentChange<Row>[],
): ReadonlyMap<string, Row> {
  const after = new Map(rows)
  for (const { type, doc, old } of changes) {
    const id = String(doc.id)
    assert.equal(after.get(id), old)
    if (type === 'removed') after.delete(id)
    else after.set(id, doc)
  }
  return after
}

test('a change is named after what was there and what is', () => {
  const [a, b] = [{ id: '1' }, { id: '1', n: 2 }]
  assert.deepEqual(changeOf(undefined, a), [{ type: 'added', doc: a, old: undefined }])
  assert.deepEqual(changeOf(a, b), [{ type: 'modified', doc: b, old: a }])
  assert.deepEqual(changeOf(a, undefined), [{ type: 'removed', doc: a, old: a }])
  assert.deepEqual(changeOf(undefined, undefined), [])
})

test('a diff leads from one result to the other, and nowhere when they are the same', () => {
  fc.assert(
    fc.property(results, results, (before, after) => {
      assert.deepEqual(replay(before, diffRows(before, after)), after)
      assert.deepEqual(diffRows(before, before), [])
    }),
  )
})

test('merged changes lead as far as both', () => {
  fc.assert(
    fc.property(results, results, results, (first, second, third) => {
      const merged = mergeChanges(diffRows(first, second), diffRows(second, third))
      assert.deepEqual(replay(first, merged), third)
    }),
  )
})
