import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Vault } from './vault.ts'

const vault = new Vault(Buffer.alloc(32, 1))

test('what is sealed opens for the same owner and label only', () => {
  const sealed = vault.seal('env-a', 'key 1', 'secret')
  assert.equal(vault.open('env-a', 'key 1', sealed).toString(), 'secret')
  assert.throws(() => vault.open('env-b', 'key 1', sealed))
  assert.throws(() => vault.open('env-a', 'key 2', sealed))
  assert.throws(() => new Vault(Buffer.alloc(32, 2)).open('env-a', 'key 1', sealed))
  sealed[sealed.length - 1]! ^= 1
  assert.throws(() => vault.open('env-a', 'key 1', sealed))
})

test('sealing twice gives two texts, deriving twice one key', () => {
  assert.notDeepEqual(vault.seal('a', 'b', 'x'), vault.seal('a', 'b', 'x'))
  assert.deepEqual(vault.derive('a', 'x'), new Vault(Buffer.alloc(32, 1)).derive('a', 'x'))
  assert.notDeepEqual(vault.derive('a', 'x'), vault.derive('a', 'y'))
  assert.notDeepEqual(vault.derive('a', 'x'), vault.derive('b', 'x'))
})

test('a fingerprint tells keys apart', () => {
  assert.equal(vault.fingerprint(), new Vault(Buffer.alloc(32, 1)).fingerprint())
  assert.notEqual(vault.fingerprint(), new Vault(Buffer.alloc(32, 2)).fingerprint())
  assert.throws(() => new Vault(Buffer.alloc(16)), /16 bytes/)
})
