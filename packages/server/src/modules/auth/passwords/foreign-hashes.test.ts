import assert from 'node:assert/strict'
import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { hashSync as argon2Sync } from '@node-rs/argon2'
import { hashSync as bcryptSync } from '@node-rs/bcrypt'
import { checkForeignHash } from './check-foreign-hash.ts'
import { createHasher } from './hash-password.ts'

const { verify } = createHasher()

// The test vector Firebase publishes with its scrypt.
const signerKey = 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=='
const firebaseHash =
  'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=='
const firebase = `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=${signerKey}$42xEC+ixf3L2lw==$${firebaseHash}`

const plain = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
const dotted = (bytes: Buffer) => plain(bytes).replaceAll('+', '.')

describe('a foreign hash verifies the right password, refuses a wrong one and asks to be replaced', () => {
  const password = 'user1password'
  const bcrypt = bcryptSync(password, { cost: 4 })
  const salt = Buffer.from('salt and pepper?')
  const cases: Record<string, string> = {
    'bcrypt $2b$': bcrypt,
    'bcrypt $2a$': bcrypt.replace('$2b$', '$2a$'),
    'bcrypt $2y$': bcrypt.replace('$2b$', '$2y$'),
    'argon2id, other parameters': argon2Sync(password, { memoryCost: 1024, timeCost: 1 }),
    argon2i: argon2Sync(password, { memoryCost: 1024, timeCost: 1, algorithm: 1 }),
    argon2d: argon2Sync(password, { memoryCost: 1024, timeCost: 1, algorithm: 0 }),
    'argon2i of before there were versions': argon2Sync(password, {
      memoryCost: 1024,
      timeCost: 1,
      algorithm: 1,
      version: 0,
    }).replace('v=16$', ''),
    'Firebase scrypt': firebase,
    scrypt: `$scrypt$ln=10,r=8,p=2$${plain(salt)}$${plain(scryptSync(password, salt, 32, { N: 1024, r: 8, p: 2 }))}`,
    'PBKDF2 of passlib': `$pbkdf2-sha512$1000$${dotted(salt)}$${dotted(pbkdf2Sync(password, salt, 1000, 64, 'sha512'))}`,
    'PBKDF2 of Django': `pbkdf2_sha256$1000$seasalt$${pbkdf2Sync(password, 'seasalt', 1000, 32, 'sha256').toString('base64')}`,
  }
  for (const [name, stored] of Object.entries(cases)) {
    test(name, async () => {
      checkForeignHash(stored, '/passwordHash')
      assert.deepEqual(await verify(stored, password), { isRight: true, needsRehash: true })
      assert.deepEqual(await verify(stored, 'user2password'), { isRight: false, needsRehash: false })
    })
  }
})

test('hashes that others publish as examples verify', async () => {
  const published = {
    // Of the tests of crypt_blowfish and of the Argon2 reference.
    '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW': 'U*U',
    '$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ': 'password',
  }
  for (const [stored, password] of Object.entries(published)) {
    assert.equal((await verify(stored, password)).isRight, true, stored)
  }
})

test('bcrypt looks at 72 bytes, as the library the hash comes from did', async () => {
  const stored = bcryptSync('a'.repeat(72), { cost: 4 })
  assert.equal((await verify(stored, 'a'.repeat(100))).isRight, true)
  assert.equal((await verify(stored, 'a'.repeat(71))).isRight, false)
})

describe('the import refuses, and says where, what it could not verify or only at a high cost', () => {
  const cases: Record<string, [text: string, why: RegExp]> = {
    'no hash at all': ['hunter2', /Known are bcrypt/],
    'an empty text': ['', /Known are bcrypt/],
    'plain MD5': ['5f4dcc3b5aa765d61d8327deb882cf99', /Known are bcrypt/],
    'a cut bcrypt': ['$2b$10$abcdefghijklmnopqrstuu', /\$2b\$10\$/],
    'bcrypt that was hashed wrongly': [`$2x$10$${'a'.repeat(53)}`, /\$2b\$10\$/],
    'bcrypt of cost 16': [`$2b$16$${'a'.repeat(53)}`, /cost is 16/],
    'argon2 without a hash': ['$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHQ', /should look like/],
    'argon2 with 512 MiB': [`$argon2id$v=19$m=524288,t=1,p=1$c2FsdHNhbHQ$${'a'.repeat(42)}A`, /524288 KiB/],
    'argon2 with many passes': [
      `$argon2id$v=19$m=65536,t=100,p=1$c2FsdHNhbHQ$${'a'.repeat(42)}A`,
      /times passes/,
    ],
    'argon2 with many lanes': [`$argon2id$v=19$m=65536,t=1,p=99$c2FsdHNhbHQ$${'a'.repeat(42)}A`, /lanes/],
    'Firebase scrypt without a signer key': [
      firebase.replace(/sk=[^$]*/, 'sk='),
      /as long as the signer key/,
    ],
    'Firebase scrypt with 4 GiB': [firebase.replace('n=14', 'n=22'), /memory/],
    'scrypt with much parallel work': [`$scrypt$ln=16,r=8,p=999$c2FsdA$${'a'.repeat(42)}A`, /N × r × p/],
    'a base64 that is none': [`$scrypt$ln=10,r=8,p=1$c2FsdA$${'a'.repeat(41)}=a`, /not base64/],
    'PBKDF2 with ten million rounds': [`$pbkdf2-sha256$10000000$c2FsdA$${'a'.repeat(42)}A`, /rounds/],
  }
  for (const [name, [text, why]] of Object.entries(cases)) {
    test(name, () => {
      assert.throws(
        () => checkForeignHash(text, '/users/3/passwordHash'),
        (problem: { code: string; errors: { at: string; message: string }[] }) => {
          assert.equal(problem.code, 'auth/unknown-hash')
          assert.equal(problem.errors[0]!.at, '/users/3/passwordHash')
          assert.match(problem.errors[0]!.message, why)
          return true
        },
      )
    })
  }
})
