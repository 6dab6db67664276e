import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameOf } from './name-of.ts'

for (const [title, name] of [
  ['Web shop', 'web-shop'],
  ['  Über – Café! ', 'uber-cafe'],
  ['2nd try', 'nd-try'],
  ['a'.repeat(40), 'a'.repeat(28)],
  ['!!', ''],
] as const)
  test(`${title} is called ${name || 'nothing'}`, () => assert.equal(nameOf(title), name))
