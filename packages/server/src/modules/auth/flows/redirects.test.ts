import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowedRedirect, redirectMistake, withQuery } from './redirects.ts'

const settings = {
  siteUrl: 'https://app.example.com',
  redirectUrls: ['https://app.example.com/cb', 'https://dev.example.com/*', 'myapp://signed-in'],
}
const production = { dev: false }

test('exact addresses, and what follows a star', () => {
  for (const good of [
    'https://app.example.com/',
    'https://app.example.com/cb',
    'https://dev.example.com/a/b?c=d#e',
    'myapp://signed-in',
  ])
    assert.equal(allowedRedirect(settings, production, good), good)
  assert.equal(allowedRedirect(settings, production, undefined), 'https://app.example.com')
  assert.equal(allowedRedirect({ siteUrl: '', redirectUrls: [] }, production, undefined), undefined)
})

test('what only looks like an allowed address is refused', () => {
  for (const bad of [
    'https://app.example.com/cb/more',
    'https://app.example.com.evil.example/',
    'https://dev.example.com.evil.example/x',
    'https://dev.example.com@evil.example/x',
    'https://user:pass@dev.example.com/x',
    'http://dev.example.com/x',
    'https://dev.example.com:444/x',
    '//dev.example.com/x',
    'https:\\\\evil.example/x',
    'javascript:alert(1)',
    'http://localhost:3000/',
    'nonsense',
  ])
    assert.throws(
      () => allowedRedirect(settings, production, bad),
      { code: 'auth/redirect-not-allowed' },
      bad,
    )
})

test('in dev, an app on this machine needs no entry', () => {
  assert.equal(allowedRedirect(settings, { dev: true }, 'http://localhost:5173/x'), 'http://localhost:5173/x')
  assert.throws(() => allowedRedirect(settings, { dev: true }, 'http://localhost.evil.example/'))
  assert.throws(() => allowedRedirect(settings, { dev: true }, 'ftp://localhost/'))
})

test('a pattern that would let others in is a mistake', () => {
  for (const bad of [
    'https://app.com*',
    'https://*.app.com/',
    'javascript:*',
    'https://a.com/?x=*',
    '*',
    'app',
  ])
    assert.ok(redirectMistake(bad), bad)
  for (const good of [...settings.redirectUrls, 'http://localhost:3000/*', 'https://a.com/x*'])
    assert.equal(redirectMistake(good), undefined, good)
})

test('parameters are added to those there are', () => {
  assert.equal(withQuery('https://a.com/x?y=1#z', { code: 'ä&' }), 'https://a.com/x?y=1&code=%C3%A4%26#z')
})
