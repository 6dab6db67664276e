import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closest } from './closest.ts'

const names = ['login', 'logout', 'list', 'create', 'archive', 'restore', 'remove']

test('a slip of the finger finds the name that was meant', () => {
  for (const [typed, meant] of [
    ['lst', 'list'],
    ['lsit', 'list'],
    ['creat', 'create'],
    ['archvie', 'archive'],
    ['loginn', 'login'],
    ['rest', 'restore'],
  ] as const)
    assert.equal(closest(typed, names), meant, typed)
})

test('what is like nothing finds nothing', () => {
  for (const typed of ['x', 'banana', 'deploy', '']) assert.equal(closest(typed, names), undefined, typed)
})
