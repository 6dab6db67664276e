import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closestName } from './closest-name.ts'

const cases: readonly [wanted: string, known: string[], closest: string | undefined][] = [
  ['tilte', ['id', 'title', 'done'], 'title'],
  ['Todos', ['todos', 'lists'], 'todos'],
  ['todo', ['lists', 'todos'], 'todos'],
  ['creatdAt', ['createdAt', 'updatedAt'], 'createdAt'],
  ['cat', ['dog'], undefined],
  ['x', [], undefined],
]

for (const [wanted, known, closest] of cases)
  test(`${wanted} among ${known.join(', ')} means ${closest}`, () => {
    assert.equal(closestName(wanted, known), closest)
  })
