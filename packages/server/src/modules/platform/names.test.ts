import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkName, schemaName } from './names.ts'

test('names that fit an address and a schema are taken', () => {
  for (const name of ['demo', 'my-app', 'a1', 'a-b-c2']) checkName('project', name)
  for (const name of [
    '',
    'Demo',
    '1a',
    'a--b',
    '-a',
    'a-',
    'a_b',
    'a.b',
    'ä',
    'v1',
    'health',
    'x'.repeat(29),
  ]) {
    assert.throws(() => checkName('project', name), { code: 'platform/invalid-name' }, name)
  }
})

test('no two environments have the same schema', () => {
  const names = ['a', 'a-b', 'b', 'a-b-c', 'b-c', 'c']
  const schemas = names.flatMap(project => names.map(environment => schemaName(project, environment)))
  assert.equal(new Set(schemas).size, schemas.length)
  assert.equal(schemaName('my-app', 'dev'), 'my_app__dev')
})
