import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authenticator } from './authenticate.ts'
import { Encoder } from './encoder.ts'

function asked(kind: number, rest = Buffer.alloc(0)): Buffer {
  const message = Buffer.alloc(4)
  message.writeInt32BE(kind)
  return Buffer.concat([message, rest])
}

function login(password?: string) {
  const out = new Encoder()
  const answer = authenticator('ada', password, out)
  return (message: Buffer) => {
    const isIn = answer(message, 0, message.length)
    return isIn || out.take().toString('latin1', 5)
  }
}

test('each way to log in gets its answer', () => {
  assert.equal(login()(asked(0)), true)
  assert.equal(login('secret')(asked(3)), 'secret\0')
  // md5(md5('secretada') + salt), worked out with md5sum.
  assert.equal(login('secret')(asked(5, Buffer.from('salt'))), 'md5020da75c9b0640aabc4609320fe23b45\0')
  assert.match(
    String(login('secret')(asked(10, Buffer.from('SCRAM-SHA-256\0\0')))),
    /^SCRAM-SHA-256\0.{4}n,,n=\*,r=/,
  )
})

test('a server that asks for what we lack, or cannot prove itself, is refused', () => {
  assert.throws(() => login()(asked(3)), { code: '28P01' })
  assert.throws(() => login('x')(asked(7)), { code: '28000' })
  assert.throws(() => login('x')(asked(10, Buffer.from('SCRAM-SHA-256-PLUS\0\0'))), { code: '28000' })
  const step = login('x')
  step(asked(10, Buffer.from('SCRAM-SHA-256\0\0')))
  assert.throws(() => step(asked(12, Buffer.from('v='))), { code: '28000' })
  assert.throws(() => step(asked(11, Buffer.from('r=other,s=AAAA,i=4096'))), { code: '28000' })
})
