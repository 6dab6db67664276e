import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readStaticPage } from '../../kernel/static-page.ts'

const page = readStaticPage(new URL('./page/', import.meta.url))
const path = '/demo/dev/v1/docs'
const options = { title: 'demo/dev', apiPath: '/demo/dev/v1', publishableKey: 'cb_pub_1' }
const html = (over: Partial<typeof options> = {}) => String(page.html(path, { ...options, ...over }).body)

test('every file the page names is there, and may be kept for ever under its version', () => {
  const named = [...html().matchAll(/(?:href|src)="\/demo\/dev\/v1\/docs\/([^/"]+)\/([^/"]+)"/g)]
  assert.deepEqual(
    named.map(([, , name]) => name),
    ['icon.svg', 'style.css', 'main.js', 'icon.svg'],
  )
  for (const [, version, name] of named) {
    assert.match(page.file(version!, name!)?.headers?.['cache-control'] ?? '', /immutable/)
  }
  assert.equal(page.file('old', 'main.js')?.headers?.['cache-control'], 'no-cache')
})

test('only files of the page are served', () => {
  for (const name of ['index.html', '../module.ts', 'constructor', '__proto__', '']) {
    assert.equal(page.file('any', name), undefined, name)
  }
})

test('names and keys are written into the page as text', () => {
  assert.match(html({ title: '<script>"x"&' }), /<title>&lt;script&gt;&quot;x&quot;&amp; · API<\/title>/)
  assert.match(html(), /name="cloudbox-key" content="cb_pub_1"/)
  assert.match(html({ publishableKey: '' }), /name="cloudbox-key" content=""/)
})

test('the page lets nothing in, out, or around it', () => {
  const headers = page.html(path, options).headers ?? {}
  const policy = headers['content-security-policy'] ?? ''
  for (const rule of [
    "default-src 'none'",
    "connect-src 'self'",
    "script-src 'self'",
    "frame-ancestors 'none'",
  ]) {
    assert.ok(policy.includes(rule), rule)
  }
  assert.doesNotMatch(policy, /unsafe|\*|https?:/)
  for (const name of [
    'cross-origin-opener-policy',
    'permissions-policy',
    'referrer-policy',
    'x-frame-options',
  ]) {
    assert.ok(headers[name], name)
  }
})

test('no file of the page names another host', () => {
  const folder = new URL('./page/', import.meta.url)
  for (const name of readdirSync(folder)) {
    const hosts = readFileSync(new URL(name, folder), 'utf8').match(/https?:\/\/[\w.-]+/g) ?? []
    // The name of the SVG namespace is never asked for anything.
    assert.deepEqual([name, ...hosts.filter(host => host !== 'http://www.w3.org')], [name])
  }
})
