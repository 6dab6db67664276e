import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CelError } from './cel-error.ts'
import { check } from './check.ts'
import type { Scope } from './check-context.ts'
import type { TableSchema } from './schema.ts'
import { table } from './testing/table.ts'

const { flexible: _, ...strict } = table
const members: TableSchema = {
  name: 'members',
  table: '"members"',
  fields: { room: { type: 'string', column: 'room' }, uid: { type: 'string', column: 'uid' } },
}
const scope: Scope = { doc: strict, db: { members } }

type Mistake = [message: string, start: number, end: number, hint?: string]
function mistakes(text: string, within: Scope = scope): Mistake[] {
  try {
    check(text, within)
    return []
  } catch (error) {
    assert.ok(error instanceof CelError)
    return error.mistakes.map(({ message, start, end, hint }) =>
      hint === undefined ? [message, start, end] : [message, start, end, hint],
    )
  }
}

const rejected: [text: string, ...mistakes: Mistake[]][] = [
  ['doc.ownr == auth.uid', ["unknown field 'ownr' in doc", 4, 8, "did you mean 'owner'?"]],
  ['owner == auth.uid', ["unknown name 'owner'", 0, 5, 'write doc.owner']],
  ['docs.owner == auth.uid', ["unknown name 'docs'", 0, 4, "did you mean 'doc'?"]],
  ['next.owner == auth.uid', ["'next' is not available here", 0, 4, "use 'doc', the stored row"]],
  ['doc.score == "a"', ['cannot compare int with string', 0, 16]],
  ['doc.price == doc.ratio', ['cannot compare decimal with double', 0, 22]],
  [
    "doc.at > '2026-01-01'",
    ['cannot compare timestamp with string', 0, 21, "write timestamp('2026-01-31T00:00:00Z')"],
  ],
  [
    'doc.tags == doc.tags',
    ['cannot compare list<string> with list<string>', 0, 20, "use 'in', exists() or all()"],
  ],
  [
    'doc.meta == auth.x',
    ['cannot compare json with json', 0, 18, 'convert one side: string(…), double(…) or bool(…)'],
  ],
  [
    'doc.spot == doc.spot',
    ['cannot compare geopoint with geopoint', 0, 20, 'a geopoint can only be tested with has() and == null'],
  ],
  ['doc.flag < true', ['bool has no order', 0, 15]],
  ['doc.score < null', ['null has no order', 0, 16, 'ask for presence with has(…)']],
  [
    'doc.score',
    ['expected bool, got int', 0, 9, 'an expression here is a condition, as in doc.owner == auth.uid'],
  ],
  ['doc.owner && true', ['expected a condition, got string', 0, 9, "compare it, as in … == 'value'"]],
  ['doc.ratio % 2 == 1', ['% needs integers', 0, 13]],
  ['doc.owner + 1 == "a1"', ['cannot add string and int', 0, 13, 'convert with string(…)']],
  ['doc.owner in []', ['empty list', 13, 15]],
  ['doc.owner in [1]', ['cannot compare string with int', 14, 15]],
  ['doc.owner in [null]', ['null in a list', 14, 18, 'ask for absence with == null']],
  ['doc.owner in doc.status', ["'in' needs a list, got string", 13, 23]],
  [
    '[1] == [1]',
    ["a literal list can only stand behind 'in'", 0, 3],
    ["a literal list can only stand behind 'in'", 7, 10],
  ],
  [
    "doc.owner.startsWit('a')",
    ['unknown method string.startsWit(string)', 10, 19, "did you mean 'startsWith'?"],
  ],
  ["doc.owner.toLowerCase() == 'a'", ['unknown method string.toLowerCase()', 10, 21, 'use lowerAscii()']],
  ['len(doc.owner) == 1', ['unknown function len(string)', 0, 3]],
  ['doc.owner.matches(doc.status)', ['matches() needs a literal pattern', 18, 28]],
  ["doc.owner.matches('(?=a)')", ['pattern: only (…) and (?:…) groups', 18, 25]],
  [
    "timestamp('2026-02-30T00:00:00Z') < now",
    ['malformed timestamp', 10, 32, "write timestamp('2026-01-31T12:00:00Z')"],
  ],
  ["date('2026-13-01') < doc.due", ['malformed date', 5, 17, "write date('2026-01-31')"]],
  ["duration('1 hour') < duration('1h')", ['malformed duration', 9, 17, "write duration('1h30m')"]],
  ['has(doc)', ['has() needs one field, as in has(doc.title)', 0, 8]],
  ['public()', ['public() needs a reason', 0, 8, 'public("everybody may read the catalogue")']],
  ['public("  ")', ['public() needs a reason', 0, 12, 'public("everybody may read the catalogue")']],
  ['request.auth.uid == "a"', ["unknown field 'auth' in request", 8, 12, "use 'auth' itself"]],
  ['doc.owner.id == 1', ["no field 'id' on string", 10, 12]],
  ['doc.flag ? 1 : "a"', ['branches differ: int and string', 0, 18]],
  ['doc.tags.exists(x)', ['exists() needs a name and a condition', 0, 18, "….exists(item, item == 'x')"]],
  ['doc.owner.exists(x, true)', ['exists() needs a list, got string', 0, 9]],
  ['db.member.exists(m, true)', ["unknown table 'member'", 3, 9, "did you mean 'members'?"]],
  [
    'db.members.exists(m, m.rom == doc.owner)',
    ["unknown field 'rom' in members", 23, 26, "did you mean 'room'?"],
  ],
  ['db.members.exists(m, db.members.exists(n, true))', ['lookups cannot be nested', 21, 47]],
  [
    'doc.tags.exists(t, db.members.exists(m, m.uid == t))',
    ['a lookup cannot stand inside exists() or all()', 19, 51],
  ],
  [Array(4).fill('db.members.exists(m, true)').join(' && '), ['more than 3 lookups', 90, 116]],
  [
    `${Array(10).fill('doc.score').join(' * ')} == 1`,
    ['more than 8 multiplications inside each other', 0, 122],
  ],
  // Every mistake is reported, not the first only.
  [
    'doc.ownr == 1 && doc.scor == 1',
    ["unknown field 'ownr' in doc", 4, 8, "did you mean 'owner'?"],
    ["unknown field 'scor' in doc", 21, 25, "did you mean 'score'?"],
  ],
]
for (const [text, ...expected] of rejected) {
  test(`rejects ${text.slice(0, 70)}`, () => assert.deepEqual(mistakes(text), expected))
}

const accepted: [text: string, within?: Scope][] = [
  ['doc.owner == auth.uid'],
  ['doc.ref == auth.uid'],
  ['doc.ref in auth.orgs'],
  ['auth != null && auth.claims.plan == "pro" && auth.plan == "pro"'],
  ['doc.price < 9.99 && doc.price >= doc.cost && doc.price in [1, 2.5]'],
  ["doc.due < date(now) && doc.due != date('2026-01-31')"],
  ["now - doc.at < duration('24h') && request.time > doc.at"],
  ['doc["owner"] == "a" && doc.meta["x"][0].y == 1'],
  ['has(doc.spot) && doc.spot != null'],
  ['request.method == "update" || request.operation == "update"'],
  ["orElse(doc.owner, '') != 'a'"],
  ['doc.tags.exists(tag, tag in auth.tags)'],
  ['next.owner == doc.owner', { doc: strict, next: strict }],
  ['doc.anything.at.all == 1', { doc: table }],
]
for (const [text, within] of accepted) {
  test(`accepts ${text}`, () => assert.deepEqual(mistakes(text, within), []))
}

test('types a value for the column it is meant for', () => {
  const typeOf = (text: string, expects: Scope['expects']) =>
    check(text, { ...scope, ...(expects && { expects }) }).type
  assert.equal(typeOf('doc.score * 2', 'int'), 'int')
  assert.equal(typeOf('doc.score', 'double'), 'double')
  assert.equal(typeOf('1.10', 'decimal'), 'decimal')
  assert.equal(typeOf('auth.uid', 'uuid'), 'uuid')
  assert.equal(typeOf('null', 'string'), 'string')
  assert.equal(typeOf('doc.score', 'any'), 'int')
  assert.deepEqual(mistakes('doc.owner', { ...scope, expects: 'int' }), [['expected int, got string', 0, 9]])
})

test('tells what is always true, and what says so', () => {
  const facts = (text: string) => {
    const { isAlwaysTrue, isPublic, publicReasons } = check(text, scope)
    return [isAlwaysTrue, isPublic, publicReasons]
  }
  assert.deepEqual(facts('true'), [true, false, []])
  assert.deepEqual(facts('1 < 2 || doc.owner == auth.uid'), [true, false, []])
  assert.deepEqual(facts('public("a catalogue")'), [true, true, ['a catalogue']])
  assert.deepEqual(facts('auth != null'), [false, false, []])
  assert.deepEqual(facts('auth == null'), [true, false, []])
  assert.deepEqual(facts('doc.flag'), [false, false, []])
})

test('warns of a difference that leaves out absent fields', () => {
  const [warning] = check("doc.status != 'done'", scope).warnings
  assert.equal(warning?.message, 'rows without this field do not match')
})

test('a text of small size cannot become a huge predicate', () => {
  let numbers = 'doc.score'
  const list = Array.from({ length: 200 }, (_, i) => (i % 2 ? i : i + 0.5)).join(', ')
  for (let depth = 0; depth < 14; depth++) numbers = `((${numbers} in [${list}]) ? 1 : 2)`
  assert.deepEqual(
    mistakes(`${numbers} == 1`).map(([message]) => message),
    ['list too long for such an expression'],
  )
  let text = 'doc.meta'
  for (let depth = 0; depth < 14; depth++)
    text = `((${text} in ['a', 1, true, doc.owner]) ? doc.meta : doc.meta.a)`
  assert.deepEqual(
    mistakes(`${text} == 'a'`).map(([message]) => message),
    ['list too long for such an expression'],
  )
})
