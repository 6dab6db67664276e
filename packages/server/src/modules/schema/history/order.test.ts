import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Problem } from '../../../kernel/problem.ts'
import { headsOf, inOrder } from './order.ts'

const migration = (name: string, ...parents: string[]) => ({ name, parents })

test('parents come first, whatever the names and the order they were given in', () => {
  const graph = fc
    .uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 12 })
    .chain(names =>
      fc.tuple(
        ...names.map((name, i) => fc.subarray(names.slice(0, i)).map(parents => migration(name, ...parents))),
      ),
    )
    .chain(all => fc.shuffledSubarray(all, { minLength: all.length }))
  fc.assert(
    fc.property(graph, given => {
      const ordered = inOrder(given)
      assert.deepEqual(ordered.toSorted(byName), given.toSorted(byName))
      const places = new Map(ordered.map(({ name }, i) => [name, i]))
      for (const { name, parents } of ordered)
        for (const parent of parents) assert.ok(places.get(parent)! < places.get(name)!)
      assert.deepEqual(inOrder(given.toReversed()), ordered)
    }),
  )
})

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

test('heads are those nothing comes after', () => {
  const all = [migration('a'), migration('b', 'a'), migration('c', 'a')]
  assert.deepEqual(headsOf(all), ['b', 'c'])
  assert.deepEqual(headsOf([...all, migration('d', 'c', 'b')]), ['d'])
  assert.deepEqual(headsOf([]), [])
})

test('two of a name, an unknown parent and a circle are told by their names', () => {
  const refused = (text: RegExp, ...all: ReturnType<typeof migration>[]) =>
    assert.throws(
      () => inOrder(all),
      (problem: Problem) =>
        problem.code === 'schema/invalid-migration' &&
        text.test(`${problem.message} ${problem.hint} ${problem.errors!.map(({ at }) => at).join()}`),
    )
  refused(/^1_a: two .* Rename one of the files\. \/migrations\/1_a$/, migration('1_a'), migration('1_a'))
  refused(
    /^2_b: there is no migration 1_c, .* Did you mean 1_a\? \/migrations\/2_b\/parents\/0$/,
    migration('1_a'),
    migration('2_b', '1_c'),
  )
  refused(/git pull/, migration('2_b', 'another_name'))
  refused(
    /^Migrations come .* circle: b → c → b\./,
    migration('a'),
    migration('b', 'c', 'a'),
    migration('c', 'b'),
  )
})
