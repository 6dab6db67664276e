import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capital, placeOf, placeText } from './members.ts'

test('places are written as people read addresses', () => {
  for (const text of ['shop', 'shop/production']) assert.equal(placeText(placeOf(text)), text)
  assert.deepEqual(placeOf('shop'), { project: 'shop' })
})

test('names of roles begin with a capital', () => assert.equal(capital('owner'), 'Owner'))
