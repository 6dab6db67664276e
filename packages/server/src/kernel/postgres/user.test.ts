import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { canReach, chooseServerUser } from './user.ts'

const folder = mkdtempSync(join(tmpdir(), 'cloudbox-user-'))
after(() => rmSync(folder, { recursive: true }))
const inner = join(folder, 'inner')
mkdirSync(inner, { mode: 0o755 })
const nobody = { uid: 65_534, gid: 65_534 }

test('a path is reached when every folder above it lets the user through', () => {
  chmodSync(folder, 0o711)
  assert.equal(canReach(inner, nobody), true)
  chmodSync(folder, 0o700)
  assert.equal(canReach(inner, nobody), false)
  assert.equal(canReach(inner, { uid: process.getuid!(), gid: process.getgid!() }), true)
})

test('the mode of the group decides for its members, even when others may more', () => {
  chmodSync(folder, 0o705)
  assert.equal(canReach(inner, { uid: 65_534, gid: process.getgid!() }), false)
  assert.equal(canReach(inner, nobody), true)
})

test('Postgres never runs as root', () => {
  const { uid } = chooseServerUser(join(folder, 'none'))
  if (process.getuid!() === 0) assert.ok(uid !== undefined && uid !== 0)
  else assert.equal(uid, undefined)
})
