import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Bindings } from './bind.ts'
import type { Runtime } from './runtime.ts'
import type { Row } from './schema.ts'
import { findDisagreement, loadRows, tryCheck } from './testing/agreement.ts'
import { testDatabase, type TestDatabase } from './testing/database.ts'

/**
 * Every rule that makes SQL and JavaScript agree, switched off on one side: the comparison must notice. A rule whose
 * absence nobody notices is either not needed or not tested.
 */
interface Rule {
  rule: string
  source: string
  rules?: Partial<Runtime>
  sql?: (text: string) => string
  bindings?: Bindings
}

/** Rows with the values at which the languages part. */
const edgeRows = [
  {},
  { tags: '{}' },
  { owner: 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', ref: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' },
  {
    owner: '\u{1F600}',
    the_status: '\uFF5E',
    ratio: 'NaN',
    score: '9223372036854775807',
    meta: '{"a": null}',
    tags: '{}',
  },
  {
    owner: 'İA',
    ratio: '1e300',
    price: '1.50',
    cost: '1.5',
    meta: '"x"',
    tags: '{a,NULL}',
    nums: '{1,NULL}',
    at: 'infinity',
  },
  {
    owner: 'a\nb',
    ratio: '1e-310',
    score: '0',
    meta: '{"a": 1e400, "b": "1"}',
    tags: '{NULL}',
    at: '0001-01-01 00:00:00+00',
  },
  {
    owner: 'B',
    the_status: 'a',
    ratio: '-0',
    score: '-7',
    meta: '[1, null]',
    at: '1969-12-31 23:59:59.999999+00',
    flag: 't',
  },
  {
    owner: 'nope',
    the_status: '\uFFFD',
    ratio: '0.1',
    score: '9007199254740993',
    meta: '{"a": "1"}',
    price: '10',
    cost: '9',
    flag: 'f',
  },
  {
    owner: 'b',
    ref: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    price: '9',
    cost: '-2',
    meta: '{"a": 1e-320, "b": [true]}',
  },
  {
    owner: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    meta: 'null',
    at: '294276-12-31 23:59:59.999999+00',
    extra: '{"a": 2}',
  },
]

const swap = (from: string | RegExp, to: string) => (text: string) => text.replaceAll(from, to)
const raw = (name: string) => swap(`cb.${name}(`, `cb.raw_${name}(`)
const toDouble = (value: number | bigint) => Number(value)

/** 32 factors in five levels. */
const power = [1, 2, 3, 4, 5].reduce(factor => `(${factor} * ${factor})`, 'doc.score')

const rules: Rule[] = [
  {
    rule: '1 negation keeps unknown',
    source: "!(doc.owner == 'a')",
    sql: text => text.replace(/\((\(t\.\S+ <> \$1::text\))\)/, '(COALESCE($1, true))'),
  },
  {
    rule: '2 text orders by code point',
    source: 'doc.owner < doc.status',
    rules: { compareText: (a, b) => (a < b ? -1 : a > b ? 1 : 0) },
  },
  {
    rule: '3 size counts code points',
    source: 'size(doc.owner) == 1',
    rules: { textSize: text => text.length },
  },
  {
    rule: '4 NaN equals itself',
    source: 'doc.ratio == doc.ratio',
    rules: { doublesEqual: (a, b) => a === b },
  },
  { rule: '4 NaN is the greatest', source: 'doc.ratio > 1.0', rules: { doubleLess: (a, b) => a < b } },
  {
    rule: '5 doubles do not overflow in JavaScript',
    source: 'doc.ratio * 1e300 > 0.0',
    rules: { multiplyDoubles: (a, b) => a * b },
  },
  {
    rule: '5 doubles do not overflow in SQL',
    source: 'doc.ratio * 1e300 > 0.0',
    sql: raw('double_multiply'),
  },
  { rule: '5 doubles do not underflow in SQL', source: 'doc.ratio / 1e300 > 0.0', sql: raw('double_divide') },
  {
    rule: '6 integers are exact in JavaScript',
    source: 'doc.score + 2 == 9007199254740995',
    rules: { addInts: (a, b) => toDouble(a) + toDouble(b) },
  },
  {
    rule: '6 integers do not overflow in SQL',
    source: 'doc.score + 1 > 0',
    sql: swap('::numeric', '::int8'),
  },
  {
    rule: '7 dividing by zero is unknown in SQL',
    source: '1 / doc.score == 1',
    sql: swap(/NULLIF\((.*), 0\)/g, '$1'),
  },
  {
    rule: '7 dividing by zero is unknown in JavaScript',
    source: '1 / doc.score != 1',
    rules: { divideInts: (a, b) => Math.trunc(toDouble(a) / toDouble(b)) },
  },
  {
    rule: '7 division truncates',
    source: 'doc.score / 2 == -3',
    rules: { divideInts: (a, b) => (b === 0 ? undefined : Math.floor(toDouble(a) / toDouble(b))) },
  },
  {
    rule: '7 the remainder has the sign of the dividend',
    source: 'doc.score % 2 == -1',
    rules: { remainderOfInts: (a, b) => (b === 0 ? undefined : Math.abs(toDouble(a) % toDouble(b))) },
  },
  {
    rule: '9 integers compare with doubles as doubles',
    source: 'doc.score == 9007199254740992.0',
    sql: swap('::float8', '::numeric'),
  },
  { rule: '9 huge integers are infinite doubles', source: `double(${power}) > 1.5`, sql: raw('int_double') },
  {
    rule: '11 timestamps keep microseconds',
    source: 'doc.at.getSeconds() == 59',
    rules: { timePart: (part, us) => (part === 'seconds' ? Math.round(Number(us) / 1e6) % 60 : 0) },
  },
  {
    rule: '12 time arithmetic stays in range in SQL',
    source: "doc.at - duration('1h') < now",
    sql: raw('time_add'),
  },
  {
    rule: '12 time arithmetic stays in range in JavaScript',
    source: "doc.at - duration('1h') < now",
    rules: { subtractTime: (us, by) => Number(us) - Number(by) },
  },
  {
    rule: '12 time differences stay in range',
    source: "doc.at - now < duration('1h')",
    sql: raw('time_between'),
  },
  {
    rule: '12 parts of times out of range are unknown',
    source: 'doc.at.getFullYear() > 0',
    sql: raw('time_part'),
  },
  {
    rule: '13 JSON numbers out of range are unknown in SQL',
    source: 'doc.meta.a > 0',
    sql: raw('json_number'),
  },
  {
    rule: '13 JSON numbers out of range are unknown in JavaScript',
    source: 'doc.meta.a > 0',
    rules: { jsonNumber: value => (typeof value === 'number' ? value : undefined) },
  },
  {
    rule: '14 JSON null is absent',
    source: 'doc.meta.a == null',
    sql: swap(/NULLIF\((.*?), 'null'::jsonb\)/g, '$1'),
  },
  {
    rule: '14 JSON null is absent as an element',
    source: 'doc.meta.exists(e, e == null)',
    rules: { presentJson: value => value },
  },
  { rule: '15 a JSON scalar has no items', source: 'has(doc.meta[0])', sql: raw('json_item') },
  {
    rule: '16 prototypes are not data',
    source: 'has(doc.meta.constructor)',
    rules: { jsonItem: (value, key) => (value as Record<string, unknown> | undefined)?.[key] },
  },
  {
    rule: '17 JSON of another type is not equal',
    source: 'doc.meta.a != 1',
    rules: { jsonEquals: (value, scalar) => (typeof value === typeof scalar ? value === scalar : undefined) },
  },
  {
    rule: '17 JSON of another type has no order',
    source: "doc.meta.a < 'z'",
    rules: { jsonText: value => (value === undefined ? undefined : String(value)) },
  },
  {
    rule: '18 all() of an absent list is unknown',
    source: "doc.tags.all(e, e == 'a')",
    sql: swap('t."tags" IS NOT NULL', 'true'),
  },
  {
    rule: '18 exists() keeps unknown',
    source: "doc.tags.exists(e, e == 'x')",
    sql: text =>
      swap(
        'true = ANY (SELECT',
        '(SELECT bool_or(q.x) FROM (SELECT',
      )(swap('_v1(e)) END', '_v1(e)) q(x)) END')(text)),
  },
  {
    rule: "18 'in' keeps unknown",
    source: "'x' in doc.tags",
    rules: { isAmong: (needle, items) => items?.includes(needle) },
  },
  {
    rule: '18 nothing is in an empty list',
    source: '(doc.owner in doc.tags) == false',
    rules: {
      isAmong: (needle, items) =>
        needle === undefined
          ? undefined
          : items && (items.includes(needle) || (items.includes(undefined) ? undefined : false)),
    },
  },
  {
    rule: '19 an unknown condition chooses neither branch',
    source: "doc.flag ? doc.owner == 'a' : true",
    sql: swap(/WHEN false THEN (\S+) END/g, 'ELSE $1 END'),
  },
  {
    rule: '20 malformed uuids are unknown',
    source: 'doc.ref == doc.owner',
    sql: swap(/cb\.to_uuid\((.*?)\)/g, '($1)::uuid'),
  },
  {
    rule: '20 uuids compare in lower case',
    source: 'doc.ref == doc.owner',
    rules: { parseUuid: text => (/^[\dA-Fa-f-]{36}$/.test(text) ? text : undefined) },
  },
  {
    rule: '21 lower case is that of ASCII',
    source: "doc.owner.lowerAscii() == 'İa'",
    rules: { lowerAscii: text => text.toLowerCase() },
  },
  {
    rule: '22 the dot matches no newline',
    source: "doc.owner.matches('a.b')",
    sql: swap('~ $1::text', "~ replace($1::text, '[^\\n]', '.')"),
  },
  {
    rule: 'decimals compare by value',
    source: 'doc.price > doc.cost',
    rules: { compareDecimals: (a, b) => (a < b ? -1 : a > b ? 1 : 0) },
  },
  {
    rule: 'the day of a time out of range is unknown',
    source: "date(doc.at) > date('2000-01-01')",
    sql: raw('time_date'),
  },
]

/** The helpers without what makes them total. */
const rawHelpers = `
CREATE FUNCTION cb.raw_double_multiply(a float8, b float8) RETURNS float8 IMMUTABLE LANGUAGE sql RETURN a * b;
CREATE FUNCTION cb.raw_double_divide(a float8, b float8) RETURNS float8 IMMUTABLE LANGUAGE sql RETURN a / b;
CREATE FUNCTION cb.raw_int_double(x numeric) RETURNS float8 IMMUTABLE LANGUAGE sql RETURN x::float8;
CREATE FUNCTION cb.raw_time_add(t timestamptz, us numeric) RETURNS timestamptz IMMUTABLE LANGUAGE sql RETURN t + us::float8 * interval '1 microsecond';
CREATE FUNCTION cb.raw_time_between(a timestamptz, b timestamptz) RETURNS int8 IMMUTABLE LANGUAGE sql RETURN ((extract(epoch from a) - extract(epoch from b)) * 1000000)::int8;
CREATE FUNCTION cb.raw_time_part(f text, t timestamptz, first int) RETURNS int IMMUTABLE LANGUAGE sql RETURN floor(date_part(f, t AT TIME ZONE 'UTC'))::int - first;
CREATE FUNCTION cb.raw_time_date(t timestamptz) RETURNS date IMMUTABLE LANGUAGE sql RETURN (t AT TIME ZONE 'UTC')::date;
CREATE FUNCTION cb.raw_json_number(j jsonb) RETURNS float8 IMMUTABLE LANGUAGE sql RETURN CASE WHEN jsonb_typeof(j) = 'number' THEN j::numeric::float8 END;
CREATE FUNCTION cb.raw_json_item(j jsonb, i int) RETURNS jsonb IMMUTABLE LANGUAGE sql RETURN j -> i;
`

describe('every rule is needed', () => {
  let db: TestDatabase
  let rows: Row[]
  before(async () => {
    db = await testDatabase()
    rows = await loadRows(db, edgeRows)
    await db.query(rawHelpers)
  })
  after(() => db?.close())

  for (const { rule, source, rules: wrong, sql, bindings = {} } of rules) {
    test(rule, async () => {
      const checked = tryCheck(source)
      assert.ok(checked, `no type: ${source}`)
      const trial = { source, bindings: { nowUs: 0, next: rows[0] as Row, ...bindings } }
      assert.equal(await findDisagreement(db, rows, checked, trial), undefined, 'agrees with the rule')
      const mutant = { ...trial, ...(wrong && { rules: wrong }), ...(sql && { rewriteSql: sql }) }
      assert.notEqual(
        await findDisagreement(db, rows, checked, mutant),
        undefined,
        'agrees without the rule as well',
      )
    })
  }
})

test('2 a database with a language order needs COLLATE "C"', async t => {
  const db = await testDatabase({ locale: "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'" })
  t.after(() => db.close())
  const rows = await loadRows(db, edgeRows)
  const checked = tryCheck('doc.status < doc.owner')
  assert.ok(checked)
  const trial = { source: 'doc.status < doc.owner', bindings: {} }
  assert.equal(await findDisagreement(db, rows, checked, { ...trial, collate: true }), undefined)
  assert.notEqual(await findDisagreement(db, rows, checked, trial), undefined)
})
