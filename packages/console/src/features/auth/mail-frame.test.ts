import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inScheme, mailDocument } from './mail-frame.ts'

test('a mail wears the colours that are asked for', () => {
  const css = '@media (prefers-color-scheme: dark) { a } @media ( prefers-color-scheme:light ) { b }'
  assert.equal(inScheme(css, 'dark'), '@media (min-width: 0) { a } @media (max-width: 0) { b }')
  assert.equal(inScheme(css, 'light'), '@media (max-width: 0) { a } @media (min-width: 0) { b }')
})

test('its links open elsewhere', () => {
  assert.equal(mailDocument('<html><head><title>x', 'light'), '<html><head><base target="_blank"><title>x')
  assert.equal(mailDocument('<p>x', 'light'), '<base target="_blank"><p>x')
})
