import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isLanguage, pickLanguage } from './pick-language.ts'

const there = new Set(['en', 'de', 'pt-br'])

const cases: readonly (readonly [readonly string[], string | undefined])[] = [
  [['de'], 'de'],
  [['de-AT'], 'de'],
  [['de_AT'], 'de'],
  [['fr', 'de-CH,de;q=0.9,en;q=0.8'], 'de'],
  [['fr-FR,en;q=0.2,de;q=0.7'], 'de'],
  [['pt-BR'], 'pt-br'],
  [['pt-PT'], undefined],
  [['de;q=0', 'en'], 'en'],
  [['*', '', 'x;;q', 'en;q=nonsense', 'de'], 'de'],
  [[], undefined],
]

test('the first language that is wanted and there', () => {
  for (const [wanted, found] of cases) assert.equal(pickLanguage(wanted, there), found, wanted.join(' | '))
})

test('whatever a browser sends, the answer is one of ours', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), wanted => {
      const found = pickLanguage(wanted, there)
      return found === undefined || there.has(found)
    }),
  )
})

test('a language is one that times and numbers can be written in', () => {
  for (const tag of ['de', 'pt-br', 'zh-hant-tw']) assert.ok(isLanguage(tag), tag)
  for (const tag of ['', 'x', 'en-a', 'de-1', 'de_at', 'DE', '../x', 'en--us'])
    assert.ok(!isLanguage(tag), tag)
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}$/), tag => {
      if (isLanguage(tag)) new Intl.NumberFormat(tag)
    }),
  )
})
