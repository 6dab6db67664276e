import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessKeys } from './access-keys.ts'
import { always, and, bind, exceptWhere, isAlways, isNever, never, or, type Bindings } from './bind.ts'
import { check } from './check.ts'
import { conjuncts } from './conjuncts.ts'
import { predicateKey } from './predicate-key.ts'
import { table } from './testing/table.ts'
import { toClosure } from './to-closure.ts'
import { toJs, toJsValue } from './to-js.ts'
import { toSql } from './to-sql.ts'

const uid = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
const bindings: Bindings = {
  auth: { uid, role: 'user', claims: { rooms: ['x', 'y'], level: 3, levels: [1, 2, 2.5], nothing: null } },
  nowUs: 1_700_000_000_000_000,
}
const bound = (source: string, given: Bindings = bindings) =>
  bind(check(source, { doc: table, next: table }), given)
const sql = (source: string, given?: Bindings) => {
  const { text, values } = toSql(bound(source, given), { alias: 't' })
  return [text, ...values]
}

const written: [source: string, text: string, ...values: string[]][] = [
  ["auth.role == 'user' && doc.owner == 'a'", '(t."owner" = $1::text)', 'a'],
  ["auth.role == 'admin' || doc.owner == 'a'", '(t."owner" = $1::text)', 'a'],
  ["auth.role == 'admin' && doc.owner == 'a'", 'false'],
  ["auth.role == 'user' || doc.owner == 'a'", 'true'],
  ['doc.ref == auth.uid', '(t."ref" = $1::uuid)', uid],
  ['doc.ref == "no uuid"', 'false'],
  ['doc.owner in auth.rooms', '(t."owner" = ANY ($1::text[]))', '{"x","y"}'],
  ["doc.owner in auth.rooms && doc.owner == 'x'", '(t."owner" = $1::text)', 'x'],
  ["doc.owner in auth.rooms && doc.owner == 'z'", 'false'],
  ['doc.score == auth.level', '(t."score" = $1::int8)', '3'],
  ['doc.score in auth.levels', '(t."score" = ANY ($1::int8[]))', '{"1","2"}'],
  ['doc.score > 2.0', '(t."score" > $1::int8)', '2'],
  ['doc.owner in auth.none', 'false'],
  ['doc.owner == auth.none', 'false'],
  ['!(doc.owner == auth.none)', 'false'],
  ["doc.owner == 'a' && doc.owner == 'a'", '(t."owner" = $1::text)', 'a'],
  ["doc.status != 'a'", '(t."the_status" <> $1::text)', 'a'],
  ['doc.score in [7]', '(t."score" = $1::int8)', '7'],
  [
    'doc.score in [9223372036854775807 + 1, 1]',
    '(t."score" = ANY ($1::numeric[]))',
    '{"9223372036854775808","1"}',
  ],
  ["doc.at > now - duration('1h')", '(t."at" > $1::timestamptz)', '2023-11-14 21:13:20.000000+00'],
  ["doc.due == date('2024-02-29')", '(t."due" = $1::date)', '2024-02-29'],
  ['doc.price >= 0.10', '(t."price" >= $1::numeric)', '0.1'],
]
for (const [source, ...expected] of written) {
  test(`binds ${source}`, () => assert.deepEqual(sql(source), expected))
}

test('an anonymous caller owns nothing', () => {
  for (const source of [
    'doc.owner == auth.uid',
    '!(doc.owner == auth.uid)',
    'doc.owner in auth.rooms',
    'auth != null',
  ]) {
    assert.ok(isNever(bound(source, {})), source)
    assert.ok(isNever(bound(source, { auth: null })), source)
    assert.ok(isNever(bound(source, { auth: { uid: null, claims: null } })), source)
  }
})

test('what Postgres cannot hold is absent', () => {
  assert.ok(isNever(bound('doc.owner == auth.uid', { auth: { uid: 'a\0' } })))
  assert.ok(isNever(bound('doc.owner == auth.x', { auth: { claims: { x: '\ud800' } } })))
  assert.ok(isNever(bound('doc.owner in auth.x', { auth: { claims: { x: ['\ud800'] } } })))
})

test('placeholders begin where the statement says, and the incoming row may be read in SQL', () => {
  const checked = check('doc.owner == auth.uid && next.owner == doc.owner', { doc: table, next: table })
  const { text } = toSql(bind(checked, { auth: { uid: 'u' } }), {
    alias: 'd',
    nextAlias: 'n',
    startAt: 4,
    collate: true,
  })
  assert.equal(text, '((d."owner" COLLATE "C" = $4::text) AND (n."owner" COLLATE "C" = $4::text))')
})

test('joins bound predicates', () => {
  const a = bound("doc.owner == 'a'")
  assert.equal(predicateKey(and(a, always)), predicateKey(a))
  assert.ok(isNever(and(a, never)))
  assert.ok(isAlways(or(a, always)))
  assert.ok(isAlways(and()))
  assert.ok(isNever(or()))
  const others = toJs(exceptWhere(a))
  assert.deepEqual(
    [others({ owner: 'a' }), others({ owner: 'b' }), others({ owner: undefined })],
    [false, true, true],
  )
})

test('a create policy is decided in JavaScript alone', () => {
  const may = bound("next.owner == auth.uid && next.status in ['open', 'done']", {
    ...bindings,
    next: { owner: uid, the_status: 'open' },
  })
  assert.ok(isAlways(may))
  const mayNot = bound('next.owner == auth.uid', { ...bindings, next: { owner: 'other' } })
  assert.ok(isNever(mayNot))
  assert.equal(toJs(bound('next.owner == auth.uid'))({}, { owner: uid }), true)
  assert.equal(toClosure(bound('next.owner == auth.uid'))({}, { owner: 'other' }), false)
})

test('computes values', () => {
  const value = (source: string, expects: 'int' | 'string' | 'decimal') =>
    toJsValue(bind(check(source, { doc: table, expects }), bindings))({
      owner: 'Ab',
      score: 4n ** 40n,
      small: 2,
      price: undefined,
    })
  assert.equal(value("doc.owner.lowerAscii() + '-' + string(doc.small * 3)", 'string'), 'ab-6')
  assert.equal(value('doc.score * 2', 'int'), undefined)
  assert.equal(value('doc.small * 2', 'int'), 4)
  assert.equal(value('orElse(doc.price, 1.50)', 'decimal'), '1.5')
})

test('equal predicates have one key, others have others', () => {
  const key = (source: string) => predicateKey(bound(source))
  assert.equal(key("doc.owner == 'a' && doc.flag"), key("doc.flag && doc.owner == 'a'"))
  assert.equal(key("doc.owner in ['a', 'b']"), key("doc.owner in ['b', 'a', 'b']"))
  assert.equal(key("doc.tags.exists(x, x > 'a')"), key("doc.tags.exists(y, y > 'a')"))
  const different = [
    "doc.owner == 'a'",
    "doc.owner == 'b'",
    "doc.owner != 'a'",
    "doc.status == 'a'",
    "next.owner == 'a'",
    'doc.ratio == 0.0',
    'doc.ratio == -0.0',
    'doc.score == 1',
    'doc.ratio == 1.0',
    "doc.tags.exists(x, x > 'a')",
    "doc.tags.all(x, x > 'a')",
    "doc.a == 'a'",
    "doc.b == 'a'",
  ]
  assert.equal(new Set(different.map(key)).size, different.length)
})

test('clauses keep their text', () => {
  const checked = check(" doc.flag && (doc.owner == auth.uid\n || doc.score > 1) && public('x')", {
    doc: table,
  })
  const clauses = conjuncts(checked)
  assert.deepEqual(
    clauses.map(clause => clause.source),
    ['doc.flag', '(doc.owner == auth.uid\n || doc.score > 1)', "public('x')"],
  )
  const row = { flag: true, owner: 'other', score: 0 }
  assert.deepEqual(
    clauses.map(({ checked: clause }) => toJs(bind(clause, bindings))(row)),
    [true, false, true],
  )
  assert.deepEqual(
    conjuncts(check('doc.flag', { doc: table })).map(clause => clause.source),
    ['doc.flag'],
  )
})

test('files predicates under the cheapest keys', () => {
  const keys = (source: string) => accessKeys(bound(source))
  const owner = (value: string) => ({ kind: 'equals', column: 'owner', value })
  assert.deepEqual(keys("doc.owner == 'a' && doc.score > 3"), { kind: 'keys', keys: [owner('a')] })
  assert.deepEqual(keys("doc.owner in auth.rooms || 'p' in doc.tags"), {
    kind: 'keys',
    keys: [owner('x'), owner('y'), { kind: 'has', column: 'tags', value: 'p' }],
  })
  assert.deepEqual(keys("doc.room == 'a'"), {
    kind: 'keys',
    keys: [{ kind: 'equals', column: 'extra', path: ['room'], value: 'a' }],
  })
  assert.deepEqual(keys('5 > doc.ratio'), {
    kind: 'keys',
    keys: [{ kind: 'below', column: 'ratio', value: 5 }],
  })
  assert.deepEqual(keys("doc.owner.contains('a')"), { kind: 'always' })
  assert.deepEqual(keys("doc.owner == 'a' || doc.owner != 'b'"), { kind: 'always' })
  assert.deepEqual(keys('doc.owner == auth.none'), { kind: 'never' })
  assert.deepEqual(keys(`doc.score in [${Array.from({ length: 65 }, (_, i) => i)}]`), { kind: 'always' })
})
