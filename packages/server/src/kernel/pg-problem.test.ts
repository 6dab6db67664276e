import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWorthRetrying, toProblem } from './pg-problem.ts'

const cases: [error: object, code: string | undefined, says?: RegExp][] = [
  [{ code: '23505', detail: 'Key (email)=(a@b.c) already exists.' }, 'data/conflict', /email 'a@b\.c'/],
  [{ code: '23505', detail: 'Key (a, "B")=(1, 2) already exists.' }, 'data/conflict', /a, B '1, 2'/],
  [{ code: '23505' }, 'data/conflict'],
  [
    { code: '23503', detail: 'Key (author)=(7) is not present in table "users".' },
    'data/broken-relation',
    /users 7, which does not exist/,
  ],
  [
    { code: '23503', detail: 'Key (id)=(7) is still referenced from table "todos".' },
    'data/broken-relation',
    /todos still point/,
  ],
  [{ code: '23502', column: 'title' }, 'data/invalid-document', /title/],
  [
    { code: '23514', constraint: 'title.max' },
    'data/invalid-document',
    /'title' does not pass the check 'max'/,
  ],
  [{ code: '22021' }, 'http/invalid-request', /NUL/],
  [{ code: '22P05' }, 'http/invalid-request', /NUL/],
  [{ code: '57014' }, 'data/too-slow'],
  [{ code: '53100' }, 'http/disk-full', /disk/],
  [{ code: '25006' }, 'http/read-only', /no writes/],
  [{ code: '53300' }, 'http/unavailable', /connection/],
  [{ code: '57P01' }, 'http/unavailable'],
  [{ code: '40P01' }, 'http/unavailable'],
  [{ code: 'ECONNREFUSED' }, 'http/unavailable'],
  [new Error('Connection terminated unexpectedly'), 'http/unavailable'],
  [{ code: '42601' }, undefined],
  [new Error('a bug'), undefined],
  [{ code: 'ERR_ASSERTION' }, undefined],
]
for (const [error, code, says = /./] of cases) {
  test(`${JSON.stringify(error)} means ${code}`, () => {
    const problem = toProblem(error)
    assert.equal(problem?.code, code)
    if (problem !== undefined) assert.match(problem.message, says)
  })
}

test('what Postgres says itself never leaves the server', () => {
  const message = 'insert into "secret"."table" …'
  const body = JSON.stringify(
    toProblem({ code: '23505', message, detail: 'Key (a)=(1) already exists.' })!.toBody('1'),
  )
  assert.doesNotMatch(body, /insert|secret/)
})

test('only what meets by chance is tried again', () => {
  assert.ok(isWorthRetrying({ code: '40001' }))
  assert.ok(isWorthRetrying({ code: '40P01' }))
  assert.ok(!isWorthRetrying({ code: '23505' }))
})
