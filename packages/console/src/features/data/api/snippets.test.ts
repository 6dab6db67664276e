import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { createClient } from '@cloudbox/client'
import { sampleDocument } from './sample-document.ts'
import { apiOperations, languages, requestOf, snippetOf, type SnippetFacts } from './snippets.ts'

const facts: SnippetFacts = {
  url: 'https://box.example.com/shop/dev',
  publishableKey: 'cb_pub_1',
  collection: 'todos',
  id: '42',
  body: { title: "Ada's", 'odd-name': ['a', 1, null], done: false },
}

/** Answers what it was asked. */
const echo = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const { method, url, headers } = request
    const body = Buffer.concat(chunks).toString()
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ method, url, key: headers.apikey, body: body === '' ? null : JSON.parse(body) }),
    )
  })
})
before(() => new Promise<void>(listening => void echo.listen(0, '127.0.0.1', listening)))
after(() => void echo.close())
const here = () => ({ ...facts, url: `http://127.0.0.1:${(echo.address() as AddressInfo).port}/shop/dev` })

for (const operation of ['list', 'get', 'insert', 'update', 'delete'] as const) {
  const expected = () => {
    const { method, path, body } = requestOf(operation, facts)
    return { method, url: `/shop/dev/v1${path}`, key: 'cb_pub_1', body: body ?? null }
  }

  test(`cURL sends ${operation}`, async () => {
    const command = snippetOf('cURL', operation, here())
    const { stdout } = await promisify(execFile)('sh', ['-c', `${command.replace('curl', 'curl -s')}`])
    assert.deepEqual(JSON.parse(stdout), expected())
  })

  test(`JavaScript sends ${operation}`, async () => {
    const code = snippetOf('JavaScript', operation, here())
      .replace(/^import .*$/m, '')
      .replace('console.log(data)', 'return data')
    const run = new Function('createClient', `return (async () => {${code}})()`)
    const sent = (await run(createClient)) as { url: string }
    assert.deepEqual({ ...sent, url: decodeURIComponent(sent.url) }, expected())
  })
}

test('every snippet names the address, the key and the collection, and no other environment', () => {
  for (const language of languages)
    for (const operation of apiOperations) {
      const code = snippetOf(language, operation, facts)
      for (const word of [facts.url, facts.publishableKey, facts.collection])
        assert.ok(code.includes(word), `${language} ${operation} ${word}`)
      assert.ok(!code.includes('undefined'), `${language} ${operation}`)
    }
})

test('a sample has what is needed and nothing the server makes', () => {
  assert.deepEqual(
    sampleDocument({
      fields: {
        title: { type: 'text', required: true },
        done: { type: 'boolean', default: false },
        price: { type: 'decimal', min: 20 },
        kind: { type: 'select', options: ['a', 'b'], list: true },
        shout: { type: 'text', computed: 'doc.title' },
        more: { type: 'json' },
      },
    }),
    { title: 'A title', price: '20', kind: ['a'] },
  )
  assert.deepEqual(sampleDocument({ fields: { done: { type: 'boolean', default: false } } }), { done: true })
})
