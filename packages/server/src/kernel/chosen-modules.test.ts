import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosenModules } from './chosen-modules.ts'
import { defineModule, type AnyModule } from './module.ts'

const start = () => ({})
const platform = defineModule({ name: 'platform', start })
const auth = defineModule({ name: 'auth', needs: { platform }, start })
const data = defineModule({ name: 'data', needs: { auth }, start })
const schema = defineModule({
  name: 'schema',
  needs: { data },
  environmentMigrations: new URL('.', import.meta.url),
  start,
})
const reference = defineModule({ name: 'reference', needs: { data }, paths: ['docs'], start })
const all: readonly AnyModule[] = [reference, schema, data, auth, platform]
const names = (modules: readonly AnyModule[]) => modules.map(({ name }) => name)

test('what is named starts with what it needs, and nobody is ever without accounts', () => {
  assert.deepEqual(names(chosenModules(all, []).started), ['platform', 'auth', 'data', 'reference', 'schema'])
  assert.deepEqual(names(chosenModules(all, ['reference']).started), [
    'platform',
    'auth',
    'data',
    'reference',
  ])
  assert.deepEqual(names(chosenModules(all, ['platform']).started), ['platform', 'auth'])
})

test('addresses of the others are known by their words', () => {
  const { ownerOf } = chosenModules(all, ['data'])
  assert.equal(ownerOf('/shop/production/v1/schema/changes?x=1'), schema)
  assert.equal(ownerOf('/shop/production/v1/docs'), reference)
  assert.equal(ownerOf('/shop/production/v1/data/todos'), undefined)
  assert.equal(ownerOf('/docs'), undefined)
})

test('an environment is not copied without what others keep in it', () => {
  assert.throws(() => chosenModules(all, ['data']).checkWhole(), /without schema/)
  assert.doesNotThrow(() => chosenModules(all, ['schema']).checkWhole())
})
