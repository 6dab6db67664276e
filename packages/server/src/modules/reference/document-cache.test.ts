import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribedCollections } from './described.ts'
import { DocumentCache } from './document-cache.ts'

const options = {
  environment: { project: 'demo', name: 'dev' },
  base: 'http://localhost/demo/dev',
  routes: [],
  collections: new Map() as DescribedCollections,
  reader: 'secret',
} as const

test('a manual is written once until the collections change', () => {
  const cache = new DocumentCache()
  const first = cache.get(options)
  assert.equal(cache.get(options), first)
  const changed = cache.get({ ...options, collections: new Map() })
  assert.notEqual(changed, first)
  // The same content has the same tag, so a client that has it need not load it again.
  assert.equal(changed.etag, first.etag)
})

test('readers and addresses do not get each other’s manual', () => {
  const cache = new DocumentCache()
  const texts = [cache.get(options), cache.get({ ...options, base: 'https://api.example.com/demo/dev' })].map(
    ({ text }) => JSON.parse(text).servers[0].url,
  )
  assert.deepEqual(texts, ['http://localhost/demo/dev/v1', 'https://api.example.com/demo/dev/v1'])
  assert.notEqual(cache.get({ ...options, reader: 'publishable' }), cache.get(options))
})

test('invented host names do not fill the memory', () => {
  const cache = new DocumentCache()
  const first = cache.get(options)
  for (let i = 0; i < 20; i++) cache.get({ ...options, base: `http://host-${i}/demo/dev` })
  assert.notEqual(cache.get(options), first)
  assert.deepEqual(cache.get(options), first)
})
