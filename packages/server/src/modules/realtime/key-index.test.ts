import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accessChoices, type AccessKeys } from '@cloudbox/policy/access-keys'
import { bind } from '@cloudbox/policy/bind'
import { check } from '@cloudbox/policy/check'
import { toJs } from '@cloudbox/policy/to-js'
import type { TableSchema } from '@cloudbox/policy/schema'
import { KeyIndex } from './key-index.ts'

const doc: TableSchema = {
  name: 't',
  table: '"t"',
  fields: {
    room: { type: 'string', column: 'room' },
    owner: { type: 'string', column: 'owner' },
    score: { type: 'int', column: 'score' },
    weight: { type: 'double', column: 'weight' },
    open: { type: 'bool', column: 'open' },
    tags: { type: 'string', list: true, column: 'tags' },
    meta: { type: 'json', column: 'meta' },
  },
}

const text = fc.constantFrom('a', 'b', 'c', 'd')
const int = fc.integer({ min: -3, max: 3 })
const atom = fc.oneof(
  text.map(value => `doc.room == '${value}'`),
  text.map(value => `'${value}' == doc.owner`),
  fc
    .uniqueArray(text, { minLength: 1 })
    .map(values => `doc.room in [${values.map(value => `'${value}'`).join(', ')}]`),
  text.map(value => `'${value}' in doc.tags`),
  fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '=='), int).map(([op, value]) => `doc.score ${op} ${value}`),
  fc.tuple(fc.constantFrom('<', '<=', '>', '>='), int).map(([op, value]) => `doc.weight ${op} ${value}.5`),
  fc.tuple(fc.constantFrom('<', '>='), int).map(([op, value]) => `${value} ${op} doc.score`),
  fc.constantFrom('doc.open', '!doc.open', 'doc.open == true'),
  text.map(value => `doc.meta.kind == '${value}'`),
  int.map(value => `doc.meta.size.width == ${value}`),
  text.map(value => `doc.room != '${value}'`),
  text.map(value => `doc.room.contains('${value}')`),
)
const { predicate } = fc.letrec<{ predicate: string }>(tie => ({
  predicate: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    atom,
    fc.tuple(tie('predicate'), tie('predicate')).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie('predicate'), tie('predicate')).map(([a, b]) => `(${a} || ${b})`),
    tie('predicate').map(a => `!(${a})`),
  ),
}))
const absent = fc.constant(undefined)
const row = fc.record({
  room: fc.oneof(text, absent),
  owner: fc.oneof(text, absent),
  score: fc.oneof(int, absent),
  weight: fc.oneof(int, fc.constantFrom(NaN, Infinity, -Infinity, -0), absent),
  open: fc.oneof(fc.boolean(), absent),
  tags: fc.oneof(fc.array(fc.oneof(text, absent), { maxLength: 3 }), absent),
  meta: fc.oneof(
    fc.record({ kind: text, size: fc.record({ width: int }) }, { requiredKeys: [] }),
    fc.constantFrom(undefined, 'text', 5),
  ),
})

test('I2 the index finds everything whose predicate is true of a row, also after some have left', () => {
  const predicates = fc.array(fc.tuple(predicate, fc.boolean()), { minLength: 1, maxLength: 30 })
  let found = 0
  let possible = 0
  fc.assert(
    fc.property(predicates, fc.array(row, { minLength: 1, maxLength: 10 }), (texts, rows) => {
      const index = new KeyIndex<number>()
      const all = texts.map(([source]) => {
        const bound = bind(check(source, { doc }), {})
        return { isTrue: toJs(bound), keys: accessChoices(bound) }
      })
      all.forEach(({ keys }, i) => index.add(i, keys))
      texts.forEach(([, leaves], i) => leaves && index.remove(i))
      for (const one of rows) {
        const candidates = new Set<number>()
        index.find(one, candidates)
        all.forEach(({ isTrue }, i) => {
          const [source, leaves] = texts[i]!
          if (leaves) assert.ok(!candidates.has(i), `${source} has left`)
          else if (isTrue(one)) assert.ok(candidates.has(i), source)
        })
        found += candidates.size
        possible += all.length
      }
    }),
    { numRuns: 400 },
  )
  assert.ok(found < possible * 0.8, 'it does not just look at everything')
})

test('I2 what leaves leaves nothing behind', () => {
  const index = new KeyIndex<string>()
  const keys: AccessKeys = {
    kind: 'keys',
    keys: [
      { kind: 'equals', column: 'room', value: 'a' },
      { kind: 'above', column: 'score', value: 3 },
    ],
  }
  index.add('one', [keys])
  index.add('two', [{ kind: 'always' }])
  index.remove('one')
  index.remove('two')
  const candidates = new Set<string>()
  index.find({ room: 'a', score: 9 }, candidates)
  assert.equal(candidates.size, 0)
})

test('I2 what all have in common is not what they are filed under', () => {
  const index = new KeyIndex<number>()
  for (let i = 0; i < 1000; i++) {
    const bound = bind(check(`doc.owner == 'ada' && doc.score == ${i}`, { doc }), {})
    index.add(i, accessChoices(bound))
  }
  const candidates = new Set<number>()
  index.find({ owner: 'ada', score: 500 }, candidates)
  assert.ok(candidates.has(500))
  assert.ok(candidates.size <= 2, `${candidates.size} of 1000 were looked at`)
})
