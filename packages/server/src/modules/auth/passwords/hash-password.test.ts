import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHasher } from './hash-password.ts'

test('a password verifies against its own hash only, and needs no other hash', async () => {
  const { hash, verify } = createHasher()
  const stored = await hash('correct horse')
  assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(stored, await hash('correct horse'))
  assert.deepEqual(await verify(stored, 'correct horse'), { isRight: true, needsRehash: false })
  assert.deepEqual(await verify(stored, 'Correct horse'), { isRight: false, needsRehash: false })
})

test('a password is the same whether its letters are composed or not', async () => {
  const { hash, verify } = createHasher()
  const stored = await hash('Zürich Öl')
  assert.equal((await verify(stored, 'Zürich Öl'.normalize('NFD'))).isRight, true)
})

test('who finds the queue full is refused at once with auth/busy, and it is served again later', async () => {
  const { hash, verifyNothing } = createHasher({ concurrency: 1, queue: 2 })
  const waiting = [hash('one'), verifyNothing('two'), hash('three')]
  await assert.rejects(verifyNothing('four'), {
    code: 'auth/busy',
    headers: { 'retry-after': '2' },
  })
  await Promise.all(waiting)
  await verifyNothing('five')
})
