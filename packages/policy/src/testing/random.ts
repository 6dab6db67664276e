import fc, { type Arbitrary } from 'fast-check'
import { encodeText } from '../sql-text.ts'
import { parseTimestamp } from '../time.ts'

// Small pools make values meet; the edges of every type are in them.
export const texts = [
  '7', '-012', '+9007199254740993', '9223372036854775808', '1.50', '-1e10', '1\n', 'true',
  '', 'a', 'b', 'ab', 'open', 'done', 'A', 'a b', 'é', 'e\u0301', 'Z', 'z', '_', '%', 'a%', '\\', "'", '"', '\u{1F600}',
  '\uFFFD', '\uFF5E', 'ß', 'İ', '\n', 'a\nb', '{x}', 'null', 'NULL', '10', '9', '-', 'a.b', 'u1', 'u2', 'constructor',
  '__proto__', 'length', 'u1 ', 'ﬀ', '\u200b', ',', 'true',
] // prettier-ignore
const ints = [
  0, 1, -1, 2, 3, 10, 42, -7, 2147483647, -2147483648, 9007199254740991, 9007199254740992n, 9007199254740993n,
  -9007199254740993n, 9223372036854775807n, -9223372036854775808n,
] // prettier-ignore
const doubles = [
  0, -0, 1, -1, 0.1, 0.5, 1.5, 2, 1e-7, 1e21, 9007199254740992, 1e300, 1e-310, 5e-324, 1.7976931348623157e308, NaN,
  Infinity, -Infinity, 0.30000000000000004, 16777217, -2.5,
] // prettier-ignore
const decimals = ['0', '-0.00', '0.1', '0.10', '0.1000000000000000055511151231257827', '1', '1.0', '-1', '2.5', '10', '99.99', '9007199254740993', '123456789012345678901234.5678', '1e-20'] // prettier-ignore
const timestamps = [
  '2024-01-01T00:00:00Z', '2024-02-29T23:59:59.999999Z', '1970-01-01T00:00:00Z', '1969-12-31T23:59:59.999999Z',
  '1999-12-31T23:00:00Z', '2024-01-01T00:00:00.000001Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z',
  '1883-11-18T12:03:58Z', '2300-06-01T12:00:00.123456Z',
] // prettier-ignore
const oddTimestamps = [
  'infinity',
  '-infinity',
  '4713-01-01 00:00:00+00 BC',
  '294276-12-31 23:59:59.999999+00',
]
const dates = [
  '2024-01-01',
  '2024-02-29',
  '1970-01-01',
  '1969-12-31',
  '2000-02-29',
  '0001-01-01',
  '9999-12-31',
]
const oddDates = ['infinity', '-infinity', '0044-03-15 BC', '5874897-12-31', '10000-01-01']
const uuids = [
  '00000000-0000-0000-0000-000000000001', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
] // prettier-ignore

const pick = <T>(pool: readonly T[]): Arbitrary<T> => fc.constantFrom(...pool)
const mostly = <T>(common: Arbitrary<T>, rare: Arbitrary<T>) =>
  fc.oneof({ weight: 6, arbitrary: common }, { weight: 1, arbitrary: rare })
const storable = (text: string) => text.isWellFormed() && !text.includes('\0')

export const textArb = mostly(pick(texts), fc.string({ unit: 'binary', maxLength: 4 }).filter(storable))
const intArb = mostly<number | bigint>(pick(ints), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
const doubleArb = mostly(pick(doubles), fc.double())
const nullable = <T>(arb: Arbitrary<T>) => fc.option(arb, { nil: null, freq: 8 })
const listOf = (arb: Arbitrary<unknown>) =>
  fc.array(nullable(arb), { maxLength: 4 }).map(items => encodeText('list<string>', items.map(asText)))
const asText = (value: unknown) => (value === null ? null : Object.is(value, -0) ? '-0' : String(value))

const jsonArb: Arbitrary<unknown> = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    textArb,
    pick([0, 1, -1, 0.1, 1.5, 10, 2 ** 53, 1e300, 1e-320, 42]),
    pick(uuids),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(pick(['a', 'b', 'role', '__proto__', 'constructor', 'length', 'é', '0']), tie('value'), {
      maxKeys: 3,
    }),
  ),
})).value
// As text, so that numbers which no double can hold appear as well.
const jsonTextArb = jsonArb
  .map(value => JSON.stringify(value))
  .chain(text =>
    pick([
      text,
      text,
      text,
      text.replace(/:42(?![\d.e])/, ':42.0'),
      text.replace(/:1(?![\d.e])/, ':1e400'),
      text.replace(/:10(?![\d.e])/, ':0.1000000000000000055511151231257827'),
    ]),
  )

const columnArbs: Readonly<Record<string, Arbitrary<unknown>>> = {
  owner: textArb,
  the_status: textArb,
  score: intArb,
  small: pick([0, 1, -1, 42, 2147483647, -2147483648]),
  ratio: doubleArb,
  price: mostly(pick([...decimals, 'NaN', 'Infinity', '-Infinity']), intArb.map(String)),
  cost: pick(['0', '0.1', '-1', '2.5', '99.9999', '12345678901234567890123456.5']),
  flag: fc.boolean(),
  at: pick([...timestamps, ...oddTimestamps]),
  due: pick([...dates, ...oddDates]),
  ref: pick(uuids),
  spot: fc.constant('(1,2)'),
  tags: listOf(textArb),
  nums: listOf(intArb),
  ratios: listOf(doubleArb),
  prices: listOf(pick([...decimals, 'NaN'])),
  days: listOf(pick([...dates, ...oddDates])),
  refs: listOf(pick(uuids)),
  meta: jsonTextArb,
  extra: jsonTextArb,
}

/** Rows as the text Postgres reads, by column, without `id`. */
export const rowArb: Arbitrary<Record<string, string | null>> = fc.record(
  Object.fromEntries(Object.entries(columnArbs).map(([column, arb]) => [column, nullable(arb).map(asText)])),
)

const maybe = <T>(arb: Arbitrary<T>) => fc.option(arb, { nil: undefined, freq: 10 })
/** What binding needs, but for the rows. */
export const bindingsArb = fc.record({
  auth: fc.record({
    uid: maybe(mostly(textArb, pick(uuids))),
    role: maybe(pick(['admin', 'user'])),
    claims: maybe(
      fc.record({
        a: jsonArb,
        role: jsonArb,
        groups: fc.array(textArb, { maxLength: 4 }),
        ids: fc.array(pick(uuids), { maxLength: 3 }),
        n: pick<unknown>([...doubles.filter(Number.isFinite), 'x', null]),
      }),
    ),
  }),
  request: fc.record({ method: pick(['select', 'update']), ip: maybe(fc.constant('127.0.0.1')) }),
  nowUs: pick(timestamps).map(text => parseTimestamp(text)),
})

// Expressions are made as text, so that the parser takes part.
const quoted = (text: string) =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
const doubleText = (value: number) => (/[.e]/.test(String(value)) ? String(value) : `${value}.0`)
const textLit = textArb.map(quoted)
const intLit = intArb.map(value => (value < 0 ? `(${value})` : String(value)))
const doubleLit = doubleArb
  .filter(Number.isFinite)
  .map(value => (value < 0 || Object.is(value, -0) ? `(-${doubleText(Math.abs(value))})` : doubleText(value)))
const decimalLit = fc.oneof(
  pick([
    '0.1',
    '0.10',
    '1',
    '1.0',
    '-1',
    '2.5',
    '99.99',
    '9007199254740993',
    '0.1000000000000000055511151231257827',
  ]),
  pick(decimals).map(text => `decimal('${text}')`),
)
const timeLit = pick(timestamps).map(text => `timestamp('${text}')`)
const dateLit = pick(dates).map(text => `date('${text}')`)
const durationLit = pick(['1s', '1h', '24h', '-1h', '1h30m', '0.5s', '8760h', '1us', '87600000h']).map(
  t => `duration('${t}')`,
)
const uuidLit = pick([...uuids, uuids[1]?.toUpperCase() ?? '', 'nope', '']).map(quoted)
const patternArb = fc.letrec<{ p: string }>(tie => ({
  p: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    pick([
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\d',
      '\\w',
      '\\s',
      '\\W',
      'é',
      '[a-z]',
      '^',
      '$',
      'open',
      '\\.',
      '[^\\d]',
    ]),
    pick([
      '\\n',
      '\n',
      '\\t',
      '\v',
      '\u{1F600}',
      '[\\w-]',
      '[^\\n]',
      '\\D',
      '-',
      '[!-~]',
      '%',
      '_',
      '\\\\',
      "'",
    ]),
    fc.tuple(tie('p'), tie('p')).map(parts => parts.join('')),
    fc.tuple(tie('p'), tie('p')).map(([a, b]) => `(${a}|${b})`),
    fc.tuple(tie('p'), pick(['*', '+', '?', '{2}', '{0,2}', '{1,}'])).map(([a, b]) => `(${a})${b}`),
    tie('p').map(a => `^${a}$`),
  ),
})).p
const likeLit = fc
  .array(
    pick(['%', '_', 'a', 'A', 'é', 'É', 'İ', 'ß', '\u{1F600}', '\\%', '\\_', '\\\\', 'open', '\n', '1']),
    { maxLength: 4 },
  )
  .map(parts => quoted(parts.join('')))
export { patternArb }

interface Grammar {
  b: string
  s: string
  i: string
  d: string
  n: string
  m: string
  t: string
  day: string
  dur: string
  u: string
  j: string
}

/** Random conditions over the test table. Some do not type; the caller skips those. */
export function expressionArb(size: 'xsmall' | 'small' | 'medium' = 'small'): Arbitrary<string> {
  return fc.letrec<Grammar>(tie => {
    const cmp = pick(['==', '!=', '<', '<=', '>', '>='])
    const eq = pick(['==', '!='])
    const some = pick(['exists', 'all'])
    const one = (...arbs: Arbitrary<string>[]) =>
      fc.oneof({ depthSize: size, withCrossShrink: true }, ...arbs)
    /** Fills the holes of a template: text between arbitraries. */
    const of = (parts: TemplateStringsArray, ...holes: Arbitrary<string>[]) =>
      fc.tuple(...holes).map(values => String.raw({ raw: parts }, ...values))
    const items = (arb: Arbitrary<string>, maxLength = 3) =>
      fc.array(arb, { minLength: 1, maxLength }).map(String)
    const { b, s, i, d, n, t, day, dur, u, j, m } = Object.fromEntries(
      (['b', 's', 'i', 'd', 'n', 't', 'day', 'dur', 'u', 'j', 'm'] as const).map(name => [name, tie(name)]),
    ) as Record<keyof Grammar, Arbitrary<string>>
    return {
      b: one(
        pick([
          'true',
          'false',
          'doc.flag',
          'next.flag',
          'has(doc.owner)',
          'has(doc.meta.a)',
          'doc.meta.a.b',
          'auth.a',
        ]),
        pick([
          'has(auth.role)',
          'doc.score == null',
          'doc.tags != null',
          'has(doc.tags)',
          'doc.meta == null',
          'doc.a',
        ]),
        pick([
          'has(doc.spot)',
          'next.spot == null',
          'auth != null',
          'doc.b == null',
          'has(doc.extra)',
          'public("test")',
        ]),
        of`${s} ${cmp} ${s}`,
        of`${n} ${cmp} ${n}`,
        of`${t} ${cmp} ${t}`,
        of`${day} ${cmp} ${day}`,
        of`${m} ${cmp} ${one(m, i)}`,
        of`${one(m, i)} ${cmp} ${m}`,
        of`${dur} ${cmp} ${dur}`,
        of`${u} ${cmp} ${one(u, uuidLit, s, j)}`,
        of`${j} ${cmp} ${one(s, n)}`,
        of`${one(s, n)} ${cmp} ${j}`,
        of`${j} ${eq} ${pick(['true', 'false', 'doc.flag'])}`,
        of`(${b}) ${eq} (${b})`,
        of`(${b} && ${b})`,
        of`(${b} || ${b})`,
        of`(${b} && ${b} && ${b})`,
        of`!(${b})`,
        of`((${b}) ? (${b}) : (${b}))`,
        of`orElse(${b}, ${b})`,
        of`${s} in [${items(one(textLit, s), 12)}]`,
        of`${i} in [${items(intLit)}]`,
        of`${n} in [${items(n)}]`,
        of`${m} in [${items(one(decimalLit, m))}]`,
        of`${t} in [${items(t)}]`,
        of`${day} in [${items(day)}]`,
        of`${u} in [${items(uuidLit)}]`,
        of`${j} in [${items(one(textLit, intLit))}]`,
        of`${one(s, j)} in ${pick(['doc.tags', 'next.tags', 'auth.groups', 'doc.meta.a', 'doc.extra', 'auth.a'])}`,
        of`${n} in ${pick(['doc.nums', 'doc.ratios', 'doc.meta.a', 'next.nums', 'auth.a'])}`,
        of`${u} in ${pick(['doc.refs', 'auth.ids', 'doc.meta.a', 'doc.tags', 'next.refs'])}`,
        of`${s} in doc.refs`,
        of`${one(m, i)} in doc.prices`,
        of`${day} in ${pick(['doc.days', 'next.days'])}`,
        of`${pick(['doc.tags', 'auth.groups', 'next.tags'])}.${some}(e, ${one(of`e ${cmp} ${s}`, of`e != doc.owner || ${b}`, of`e.startsWith(${textLit})`)})`,
        of`${pick(['doc.nums', 'doc.ratios'])}.${some}(e, e ${cmp} ${n})`,
        of`doc.prices.${some}(e, e ${cmp} ${m})`,
        of`doc.days.${some}(e, e ${cmp} ${day})`,
        of`${pick(['doc.meta', 'doc.meta.a', 'doc.meta["é"]', 'auth.a', 'doc.b'])}.${some}(e, ${one(
          of`e ${cmp} ${one(s, n)}`,
          of`e.b ${eq} ${textLit}`,
          pick(['has(e.a)', 'e == null']),
          of`e.${some}(f, f == ${n} || e == doc.owner)`,
        )})`,
        of`(${b} ? doc.tags : next.tags).${some}(e, e ${cmp} ${s})`,
        of`orElse(doc.meta, doc.extra).${some}(e, e ${cmp} ${s})`,
        of`${one(s, j)}.${pick(['startsWith', 'endsWith', 'contains'])}(${s})`,
        of`${one(s, j)}.${pick(['like', 'ilike'])}(${likeLit})`,
        of`${one(s, j)}.matches(${patternArb.map(quoted)})`,
      ),
      s: one(
        pick([
          'doc.owner',
          'doc.status',
          'next.owner',
          'auth.uid',
          'auth.role',
          'request.method',
          'request.ip',
        ]),
        textLit,
        of`(${s} + ${s})`,
        of`${s}.lowerAscii()`,
        of`(${b} ? ${s} : ${s})`,
        of`orElse(${s}, ${s})`,
        of`string(${one(u, i, j)})`,
      ),
      i: one(
        pick(['doc.score', 'doc.small', 'doc.id', 'next.score', 'next.small']),
        intLit,
        pick([
          'doc.owner',
          'doc.tags',
          'doc.nums',
          'doc.meta',
          'doc.meta.a',
          'auth.groups',
          'next.tags',
          'doc.extra',
        ]).map(x => `size(${x})`),
        of`(${i} ${pick(['+', '-', '*', '/', '%'])} ${i})`,
        of`${t}.${pick(['getFullYear', 'getMonth', 'getDayOfMonth', 'getDayOfWeek', 'getHours', 'getMinutes', 'getSeconds'])}()`,
        of`(-${i})`,
        of`int(${s})`,
        of`int(${d})`,
        of`(${b} ? ${i} : ${i})`,
        of`orElse(${i}, ${i})`,
      ),
      d: one(
        pick(['doc.ratio', 'next.ratio']),
        doubleLit,
        of`(${d} ${pick(['+', '-', '*', '/'])} ${n})`,
        of`double(${i})`,
        of`double(${s})`,
        of`(${j} + ${n})`,
      ),
      n: fc.oneof(i, d),
      m: one(
        pick(['doc.price', 'doc.cost', 'next.price']),
        decimalLit,
        of`decimal(${i})`,
        of`orElse(${m}, ${m})`,
      ),
      t: one(
        pick(['doc.at', 'next.at', 'now', 'request.time']),
        timeLit,
        of`(${t} ${pick(['+', '-'])} ${dur})`,
      ),
      day: one(pick(['doc.due', 'next.due']), dateLit, of`date(${t})`),
      dur: one(durationLit, durationLit, of`(${t} - ${t})`),
      u: pick(['doc.ref', 'next.ref']),
      j: pick([
        'doc.meta', 'doc.meta.a', 'doc.meta.b', 'doc.meta.a.b', 'doc.meta["é"]', 'doc.meta[0]', 'doc.meta.a[1]',
        'doc.meta.constructor', 'doc.meta.__proto__', 'doc.meta.length', 'doc.meta["0"]', 'doc.a', 'doc.b[0]',
        'doc.constructor', 'doc.__proto__', 'next.a', 'auth.role_', 'auth.a', 'auth.a[0]', 'auth.n', 'auth.claims.role',
      ]), // prettier-ignore
    }
  }).b
}

/** The SQL column list of the test table, in the order of {@link rowArb} after `id`. */
export const columns: readonly string[] = Object.keys(columnArbs)
