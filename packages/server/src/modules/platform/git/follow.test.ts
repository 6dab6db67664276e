import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFollowed } from './follow.ts'

const fits = (pattern: string, branch: string) => isFollowed({ branches: [pattern], ignore: [] }, branch)

test('a star stands for any letters, all else for itself', () => {
  const cases: [string, string, boolean][] = [
    ['*', 'anything/at.all', true],
    ['feature/*', 'feature/x', true],
    ['feature/*', 'feature/x/y', true],
    ['feature/*', 'features/x', false],
    ['*-preview', 'cart-preview', true],
    ['*-preview', 'cart-previews', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c', false],
    ['ab*ba', 'aba', false],
    ['*x*', 'x', true],
    ['dev', 'dev', true],
    ['dev', 'develop', false],
    ['re.ease', 'release', false],
  ]
  for (const [pattern, branch, expected] of cases)
    assert.equal(fits(pattern, branch), expected, `${pattern} ${branch}`)
})

test('what is ignored, and the default branch, get no environment', () => {
  const followed = { branches: ['*'], ignore: ['main', 'release/*'] }
  assert.equal(isFollowed(followed, 'main'), false)
  assert.equal(isFollowed(followed, 'release/1'), false)
  assert.equal(isFollowed(followed, 'trunk', 'trunk'), false)
  assert.equal(isFollowed(followed, 'trunk', 'main'), true)
})

test('a pattern full of stars takes no time', () => {
  assert.equal(fits('*a'.repeat(127), `${'a'.repeat(126)}${'b'.repeat(100_000)}`), false)
})
