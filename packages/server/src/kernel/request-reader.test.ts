import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { Problem } from './problem.ts'
import { requestReader } from './request-reader.ts'

const read = requestReader({
  summary: '',
  access: 'anyone',
  body: Type.Object(
    { most: Type.Union([Type.Integer({ minimum: 10 }), Type.Null()]) },
    { additionalProperties: false },
  ),
})
const mistakesOf = (body: string) => {
  try {
    read('/x', body)
  } catch (error) {
    return (error as Problem).toBody('').errors
  }
  return []
}

test('a value that may also be null is told what is wrong with it, and nothing else', () => {
  assert.deepEqual(mistakesOf('{"most":5}'), [{ at: '/most', message: 'must be >= 10' }])
  assert.deepEqual(mistakesOf('{"most":"x"}'), [{ at: '/most', message: 'must be integer' }])
  assert.deepEqual(mistakesOf('{"most":null}'), [])
})

test('every unknown name is told', () => {
  assert.deepEqual(mistakesOf('{"most":10,"more":1,"less":2}'), [
    { at: '/more', message: 'is not known here' },
    { at: '/less', message: 'is not known here' },
  ])
})

test('a body that is signed arrives as the text that was sent', () => {
  const readSigned = requestReader({ summary: '', access: 'anyone', bodyText: true })
  for (const text of ['{ "a" :\t1 }', 'not JSON', ''])
    assert.equal(readSigned('/x', text === '' ? undefined : text).body, text)
  assert.throws(() => readSigned('/x', new URLSearchParams('payload={}')), {
    code: 'http/unsupported-media-type',
  })
})
