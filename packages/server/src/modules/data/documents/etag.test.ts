import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentEtag, listEtag, parseIfMatch } from './etag.ts'

test('a tag tells two rows and two answers apart', () => {
  assert.match(documentEtag('742', '{"a":1}'), /^"742\.[\w-]{16}"$/)
  assert.notEqual(documentEtag('742', '{"a":1}'), documentEtag('743', '{"a":1}'))
  assert.notEqual(documentEtag('742', '{"a":1}'), documentEtag('742', '{"a":2}'))
  assert.notEqual(listEtag('[]'), listEtag('[{}]'))
})

test('If-Match takes what a document was answered with', () => {
  assert.equal(parseIfMatch(undefined), undefined)
  assert.deepEqual(parseIfMatch(' * '), { any: true })
  assert.deepEqual(parseIfMatch(`${documentEtag('742', '{}')}, "743"`), {
    any: false,
    xmins: ['742', '743'],
    updatedAts: [],
  })
  assert.deepEqual(parseIfMatch('"2026-01-31T12:00:00.123456+00:00"'), {
    any: false,
    xmins: [],
    updatedAts: ['2026-01-31T12:00:00.123456+00:00'],
  })
})

test('If-Match matches nothing by a weak tag or by nonsense', () => {
  for (const header of ['', 'W/"742.abc"', '742', '"abc"', '"99999999999"'])
    assert.deepEqual(parseIfMatch(header), { any: false, xmins: [], updatedAts: [] }, header)
})
