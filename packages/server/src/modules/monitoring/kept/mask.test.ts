import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { maskPath } from './mask-path.ts'
import { maskSql } from '../../../lib/mask-sql.ts'

const id = '0197c5a4-7a3e-7c11-9d55-1f0a3b7d2c11'

test('an address keeps what is structure, and nothing about anybody', () => {
  const cases: [pattern: string, url: string, masked: string][] = [
    ['/data/:collection', '/demo/dev/v1/data/cities', '/data/cities'],
    [
      '/data/:collection',
      '/demo/dev/v1/data/cities?name=eq.Anna&order=name&limit=20',
      '/data/cities?name=*&order=*&limit=*',
    ],
    ['/data/:collection/:id', `/demo/dev/v1/data/cities/${id}/`, `/data/cities/${id}`],
    // Who it was is nobody's business.
    ['/data/:collection/:id', `/demo/dev/v1/data/users/${id}`, '/data/users/:id'],
    [
      '/auth/users/:id/sessions/:session',
      `/demo/dev/v1/auth/users/${id}/sessions/${id}`,
      '/auth/users/:id/sessions/:session',
    ],
    ['/data/:collection/:id', '/demo/dev/v1/data/cities/anna@example.com', '/data/cities/:id'],
    ['/data/:collection/:id', '/demo/dev/v1/data/10.1.2.3/anna', '/data/:collection/:id'],
    ['/data/:collection', '/demo/dev/v1/data/anna%40example.com', '/data/:collection'],
    [
      '/auth/:provider/callback',
      '/demo/dev/v1/auth/github/callback?code=s3cret',
      '/auth/github/callback?code=*',
    ],
    [
      '/platform/organisations/:organisation',
      '/v1/platform/organisations/acme',
      '/platform/organisations/:organisation',
    ],
    ['/data/:collection', '/demo/dev/v1/data/cities?anna@example.com=1&10.0.0.1', '/data/cities?*=*&*=*'],
    ['/health', '/health?', '/health'],
  ]
  for (const [pattern, url, masked] of cases) assert.equal(maskPath(pattern, url), masked)
})

test('no address of a mail or of a machine comes through, wherever it stands', () => {
  const secret = fc.oneof(fc.emailAddress(), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^\d{6,12}$/))
  fc.assert(
    fc.property(secret, fc.boolean(), (value, isEncoded) => {
      const text = isEncoded ? encodeURIComponent(value) : value.replaceAll(/[/?#&=]/g, '')
      const url = `/demo/dev/v1/data/${text}/${text}?${text}=${text}&q=${text}`
      const masked = maskPath('/data/:collection/:id', url)
      assert.equal(masked, '/data/:collection/:id?*=*&q=*')
    }),
  )
})

test('statements stay as they are where they say nothing but names', () => {
  const text = `select "id", to_jsonb(d) ->> 'name' as "it's" from "demo"."cities" d where "a" = $1 and b = 'open'`
  assert.deepEqual(maskSql(text), { text, isPlannable: true })
})

test('what is quoted in a statement is replaced', () => {
  const cases: [text: string, masked: string][] = [
    [`alter role x password 'Geheim 1'`, `alter role x password '…'`],
    [
      `insert into t values ('a@example.com', E'it\\'s', $$b$$, $x$ $$ c $x$, 'ok')`,
      `insert into t values ('…', '…', '…', '…', 'ok')`,
    ],
    [`select 'O''Brien'`, `select '…'`],
    [`select '10.20.30.40', '0123456'`, `select '…', '…'`],
    [`select 1 -- of anna@example.com's\n, 2 /* 'x y' */`, `select 1 , 2`],
    [`select $tag$ never ends`, `select '…'`],
  ]
  for (const [text, masked] of cases) {
    assert.equal(maskSql(text).text, masked)
    if (masked.includes('…')) assert.equal(maskSql(text).isPlannable, false)
  }
})

test('only one statement that can be planned is planned', () => {
  assert.equal(maskSql('begin').isPlannable, false)
  assert.equal(maskSql('drop table x').isPlannable, false)
  assert.equal(maskSql('select 1; drop table x').isPlannable, false)
  assert.equal(maskSql(`select ${'a, '.repeat(3000)}b`).isPlannable, false)
  assert.equal(maskSql('with x as (select $1) select * from x').isPlannable, true)
})
