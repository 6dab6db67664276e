import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cookieStorage } from './cookie-storage.ts'
import { storageKey } from './storage.ts'

const key = storageKey('http://localhost:8090/my-app/dev/v1')

function jar() {
  const cookies = new Map<string, string>()
  const storage = cookieStorage({
    get: name => cookies.get(name),
    set: (name, value, { maxAge }) => (maxAge === 0 ? cookies.delete(name) : cookies.set(name, value)),
  })
  return { cookies, storage }
}

test('any text comes back, in cookies that every browser takes; a shorter one leaves nothing of the longer', async () => {
  const { cookies, storage } = jar()
  const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 4000, size: 'max' })
  await fc.assert(
    fc.asyncProperty(texts, async text => {
      await storage.set(key, text)
      assert.equal(await storage.get(key), text.toWellFormed())
      for (const [name, value] of cookies) {
        assert.match(name, /^[\w.~-]+$/)
        assert.match(value, /^[\w-]+$/)
        assert.ok(name.length + value.length < 4000)
      }
    }),
    { numRuns: 50 },
  )
  await storage.remove(key)
  assert.deepEqual([await storage.get(key), cookies.size], [null, 0])
})

test('cookies of which one is broken are no session', async () => {
  const { cookies, storage } = jar()
  cookies.set(`${key}.0`, '%%%')
  assert.equal(await storage.get(key), null)
  await assert.rejects(async () => storage.set(key, 'x'.repeat(40_000)), RangeError)
})

test('environments do not share their entries', () => {
  assert.notEqual(storageKey('http://a.b/my-app/dev/v1'), storageKey('http://a.b/my/app-dev/v1'))
  assert.equal(storageKey('https://a.b/x/y/v1'), 'cloudbox~a.b~x~y')
})
