import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Reply } from '../../../kernel/route.ts'
import { operatorPageRoutes } from './page-routes.ts'

const routes = operatorPageRoutes()
const folder = new URL('./page/', import.meta.url)

async function get(path: string, params: Record<string, string> = {}): Promise<Reply> {
  const found = routes.find(route => route.path === path)!
  return found.handle({ params } as never)
}

for (const view of ['set-up', 'join']) {
  test(`the page ${view} names only files that are there, and lets nothing in, out or around it`, async () => {
    const { headers = {}, body } = await get(`/platform/${view}`)
    assert.match(String(body), new RegExp(`data-view="${view}"`))
    const named = [...String(body).matchAll(/(?:href|src)="\/v1\/platform\/page\/([^/"]+)\/([^/"]+)"/g)]
    assert.deepEqual(
      named.map(([, , file]) => file),
      ['icon.svg', 'style.css', 'main.js', 'icon.svg'],
    )
    for (const [, version, file] of named) {
      const answer = await get('/platform/page/:version/:file', { version: version!, file: file! })
      assert.match(answer.headers?.['cache-control'] ?? '', /immutable/)
    }
    const policy = headers['content-security-policy'] ?? ''
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
      assert.ok(policy.includes(rule), rule)
    assert.doesNotMatch(policy, /unsafe|\*|https?:/)
    assert.equal(headers['referrer-policy'], 'no-referrer')
  })
}

test('the page that was before the console leads there', async () => {
  const { status, headers } = await get('/platform/home')
  assert.deepEqual([status, headers?.['location']], [302, '/console'])
})

test('no file of the pages names another host, makes markup of texts or keeps tokens beyond the tab', () => {
  for (const name of readdirSync(folder)) {
    const text = readFileSync(new URL(name, folder), 'utf8').replace('http://www.w3.org/2000/svg', '')
    assert.doesNotMatch(text, /https?:\/\/|innerHTML|insertAdjacentHTML|document\.cookie/, name)
    for (const [, kept] of text.matchAll(/localStorage\.setItem\((\w+)/g))
      assert.equal(kept, 'themePlace', name)
  }
})
