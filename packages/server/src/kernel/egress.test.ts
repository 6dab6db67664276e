import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setDefaultCACertificates } from 'node:tls'
import { inspect } from 'node:util'
import { guardedFetch } from './egress.ts'
import { localhostCertificate } from './testing/localhost-certificate.ts'

const careful = guardedFetch({ allowPrivate: false, timeoutMs: 5000 })

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

test('nothing private is asked', async () => {
  const hosts = [
    '127.0.0.1',
    'localhost',
    '169.254.169.254',
    '10.1.2.3',
    '192.168.0.1',
    '0.0.0.0',
    '2130706433',
    '[::1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[fe80::1]',
    '[fd00::1]',
  ]
  for (const host of hosts)
    await assert.rejects(careful(`https://${host}/`), error => {
      const { message, cause } = error as Error
      assert.match(`${message} ${(cause as Error | undefined)?.message}`, /private address/, host)
      return true
    })
  await assert.rejects(careful('http://example.com/'), /http: is not asked/)
})

test('the metadata address stays closed where private ones are open', async () => {
  const open = guardedFetch({ allowPrivate: true, timeoutMs: 5000 })
  await assert.rejects(open('http://169.254.169.254/'), /private address/)
  await assert.rejects(open('http://[::ffff:169.254.169.254]/'), /private address/)
})

test('redirects are not followed, too much is refused, silence ends', async t => {
  const open = guardedFetch({ allowPrivate: true, timeoutMs: 5000 })
  const away = await serve(t, (_request, answer) => answer.writeHead(302, { location: '/x' }).end())
  assert.equal((await open(away)).status, 302)
  const large = await serve(t, (_request, answer) => answer.end(Buffer.alloc(1_048_577)))
  await assert.rejects(open(large), /too large/)
  const silent = await serve(t, () => {})
  await assert.rejects(guardedFetch({ allowPrivate: true, timeoutMs: 50 })(silent))
})

test('a connection to a private address is lent to nobody who may not reach it', async t => {
  setDefaultCACertificates([localhostCertificate.cert])
  const server = createSecureServer(localhostCertificate, (_request, answer) => answer.end('inside'))
  await once(server.listen(0, 'localhost'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`
  const open = guardedFetch({ allowPrivate: true, timeoutMs: 5000 })
  assert.equal(await (await open(url)).text(), 'inside')
  await assert.rejects(careful(url))
})

test('an address with a password is not asked, and nothing names it', async () => {
  for (const address of ['https://user:s3cret@example.com/t0ken', 'https://s3cret@example.com/', 's3cret']) {
    const error = await careful(address).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof TypeError)
    assert.doesNotMatch(inspect(error), /s3cret|t0ken/)
  }
})
