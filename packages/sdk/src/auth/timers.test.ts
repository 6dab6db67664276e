import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

test('a session that will be refreshed does not keep a process alive', () => {
  const client = new URL('../client.ts', import.meta.url).href
  const script = `
    import { createClient, memoryStorage } from ${JSON.stringify(client)}
    const session = { accessToken: 'a.b.c', refreshToken: 'r', expiresInSeconds: 900, user: { id: 'ada' } }
    const storage = { ...memoryStorage(), isShared: true }
    const box = createClient('http://127.0.0.1/a/b', 'cb_pub_', { fetch: async () => Response.json(session), auth: { storage } })
    box.auth.onAuthStateChange(event => console.log(event))
    await box.auth.signInWithPassword({ email: 'ada@example.com', password: 'x' })`
  const { stdout, stderr, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  assert.deepEqual([signal, stderr], [null, ''])
  assert.deepEqual(stdout.trim().split('\n'), ['INITIAL_SESSION', 'SIGNED_IN'])
})
